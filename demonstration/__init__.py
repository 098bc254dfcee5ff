"""The demonstration: an invented union tree at work, built through the services that users use."""
