"""Documents and labels on paper: values in, PDF bytes out; knows neither the web nor the database."""
