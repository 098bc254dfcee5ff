"""What is due, what is held, appraisal, approval and destruction: the end of a record's life (art. 15)."""
