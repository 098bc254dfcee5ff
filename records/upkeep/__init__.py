"""Keeping household files alive 动态管理: twin duties, return to help, reviews, and the yearly clean-up (art. 13)."""
