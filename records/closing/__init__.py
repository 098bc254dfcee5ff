"""Files that pass from unit to unit, units that end, custody on behalf, households that part or join (art. 9-16)."""
