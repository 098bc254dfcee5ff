"""The rules, held by behaviour: services, pages, processes."""
