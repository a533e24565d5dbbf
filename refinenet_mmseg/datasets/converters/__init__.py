"""Converters that lay out published data sets as mmseg reads them."""
