"""Searches and breakdowns; none knows another."""
