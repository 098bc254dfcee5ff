"""Lending 借阅: paper copies go to people of the union system, come back, and are always with somebody or somewhere."""
