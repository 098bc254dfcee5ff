"""Help that households received 帮扶记录, and the voucher that covers it."""
