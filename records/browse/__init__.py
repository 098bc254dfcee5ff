"""Pages across the stages of a record: workbench, files and items, the regulation, audit trail and use register."""
