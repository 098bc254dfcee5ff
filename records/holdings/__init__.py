"""Holdings: paper copies in boxes on places, digital objects, and filing 归档, which needs both."""
