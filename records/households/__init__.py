"""Households 家庭: the people in difficulty, with sealed numbers."""
