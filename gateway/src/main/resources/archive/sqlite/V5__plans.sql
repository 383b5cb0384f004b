-- Which plans are due: their ends, as texts of 14 digits, sort as the times do.
create index owners_plan_until on owners (value, account) where field = 'plan_until';
