"""What views share: the transaction, refusals and error pages, forms, lists, dates and both languages."""
