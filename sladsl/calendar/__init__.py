"""Zones, periods, interval sets and business clocks, all on int64 nanoseconds in UTC."""
