"""Tables that people upload: rows of workbooks and of separated text, and what stands in their cells."""
