"""The regulation 渝工办发〔2016〕90号 and the schedules beside it, as pure code and dated data."""
