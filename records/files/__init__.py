"""Files 案卷 and items 件: what is described, coded and kept."""
