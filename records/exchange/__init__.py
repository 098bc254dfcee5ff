"""Import from spreadsheets 表格导入: everything checked first, then all of it or nothing."""
