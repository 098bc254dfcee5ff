"""Opening a household file 建档: application, public notice, verification, review, lodgement (art. 12)."""
