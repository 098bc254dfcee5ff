"""Stocktake 盘点: what should lie on the shelves is counted by barcode, and every difference finds an outcome."""
