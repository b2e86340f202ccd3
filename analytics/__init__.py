"""The analytics room: arrays and Arrow in, arrays and Arrow out; no SQL, no network, no clock."""
