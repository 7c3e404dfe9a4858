/**
 * Tables in third normal form, but for the seats of a hold, which stand in its row: to give them back takes no index on
 * `seats`, whose rows then change in place (HOT). Each change is one function, so it costs one round trip and one commit.
 */
export const SCHEMA = `
create table shows (
  show_id text primary key, title text not null, venue text not null, starts_at text not null,
  max_seats int not null, hold_ms bigint not null
);
create table sections (
  show_id text references shows, section_id text, place int not null, name text not null,
  price_cents int not null, row_count int not null, seats_per_row int not null,
  primary key (show_id, section_id)
);
create table seats (
  show_id text, seat text, section_id text not null, status smallint not null default 0,
  primary key (show_id, seat), foreign key (show_id, section_id) references sections
) with (fillfactor = 50);
create table holds (
  show_id text references shows, hold_id text, customer_id text not null, seats text[] not null,
  until_ms bigint not null, status text not null,
  primary key (show_id, hold_id)
);
create index holds_of_customer on holds (customer_id, show_id);
create index holds_to_expire on holds (until_ms) where status = 'held';
create table bookings (
  show_id text, booking_id text, hold_id text not null, total_cents int not null, status text not null, confirmed_at_ms bigint not null,
  primary key (show_id, booking_id), foreign key (show_id, hold_id) references holds
);
create index bookings_by_id on bookings (booking_id);

create function hold_seats(p_show text, p_hold text, p_customer text, p_seats text[], p_now bigint) returns text language plpgsql as $$
declare
  terms record;
  found_seats int;
  taken int;
begin
  select max_seats, hold_ms into terms from shows where show_id = p_show;
  if not found then return 'show-unknown'; end if;
  -- One customer's holds one after another, or the limit could be passed.
  perform pg_advisory_xact_lock(hashtextextended(p_show || ' ' || p_customer, 0));
  if exists (select from holds where show_id = p_show and hold_id = p_hold) then return 'hold-exists'; end if;
  -- In the order of their names, so that two holds cannot wait for each other.
  select count(*), count(*) filter (where status <> 0) into found_seats, taken from
    (select status from seats where show_id = p_show and seat = any (p_seats) order by seat for update) locked;
  if found_seats < cardinality(p_seats) then return 'seat-unknown'; end if;
  if taken > 0 then return 'seat-taken'; end if;
  if cardinality(p_seats) + coalesce((select sum(cardinality(seats)) from holds
      where show_id = p_show and customer_id = p_customer and status in ('held', 'confirmed')), 0) > terms.max_seats
    then return 'limit-reached'; end if;
  insert into holds values (p_show, p_hold, p_customer, p_seats, p_now + terms.hold_ms, 'held');
  update seats set status = 1 where show_id = p_show and seat = any (p_seats);
  return null;
end $$;

create function end_hold(p_show text, p_hold text, p_status text) returns text language plpgsql as $$
declare
  freed text[];
begin
  update holds set status = p_status where show_id = p_show and hold_id = p_hold and status = 'held' returning seats into freed;
  if not found then return 'hold-unknown'; end if;
  update seats set status = 0 where show_id = p_show and seat = any (freed);
  return null;
end $$;

create function confirm_booking(p_show text, p_hold text, p_booking text, p_now bigint) returns text language plpgsql as $$
declare
  held record;
begin
  if exists (select from bookings where show_id = p_show and booking_id = p_booking) then return 'booking-exists'; end if;
  select seats, until_ms into held from holds where show_id = p_show and hold_id = p_hold and status = 'held' for update;
  if not found then return 'hold-unknown'; end if;
  if p_now >= held.until_ms then return 'hold-expired'; end if;
  update holds set status = 'confirmed' where show_id = p_show and hold_id = p_hold;
  update seats set status = 2 where show_id = p_show and seat = any (held.seats);
  insert into bookings select p_show, p_booking, p_hold, sum(price_cents), 'confirmed', p_now
    from seats join sections using (show_id, section_id) where show_id = p_show and seat = any (held.seats);
  return null;
end $$;

create function cancel_booking(p_show text, p_booking text) returns text language plpgsql as $$
declare
  hold text;
  freed text[];
begin
  update bookings set status = 'cancelled' where show_id = p_show and booking_id = p_booking and status = 'confirmed'
    returning hold_id into hold;
  if not found then return 'booking-unknown'; end if;
  update holds set status = 'cancelled' where show_id = p_show and hold_id = hold returning seats into freed;
  update seats set status = 0 where show_id = p_show and seat = any (freed);
  return null;
end $$;
`

/** The server's own JSON, one statement and one index each: quicker than rows that Node makes objects and text of. */
export const SEAT_MAP = `
select json_build_object('showId', $1::text,
  'sections', (select json_agg(json_build_object('id', section_id, 'name', name, 'priceCents', price_cents,
      'rows', row_count, 'seatsPerRow', seats_per_row) order by place) from sections where show_id = $1),
  'taken', coalesce((select json_object_agg(seat, case status when 1 then 'held' else 'sold' end)
      from seats where show_id = $1 and status <> 0), '{}'))::text as json
from shows where show_id = $1`

export const BOOKING = `
select json_build_object('bookingId', booking_id, 'showId', show_id, 'title', title, 'venue', venue, 'startsAt', starts_at,
  'customerId', customer_id, 'totalCents', total_cents, 'status', bookings.status, 'confirmedAtMs', confirmed_at_ms,
  'seats', (select json_agg(json_build_object('seat', seat, 'section', name, 'priceCents', price_cents))
      from seats join sections using (show_id, section_id)
      where seats.show_id = bookings.show_id and seat = any (holds.seats)))::text as json
from bookings join holds using (show_id, hold_id) join shows using (show_id)
where booking_id = $1 order by confirmed_at_ms limit 1`
