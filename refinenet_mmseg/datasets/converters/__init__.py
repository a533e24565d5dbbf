"""Converters of published data sets to the layouts that mmseg reads."""
