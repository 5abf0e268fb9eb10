-- A reviewer's proposals are those of the places he holds. The places are few, and where he works is asked once, not for
-- each proposal of each place.

set role jiebang_auth;

create function app.my_places() returns uuid[] language sql stable security definer return
  array(select a.id from (select app.me() as id offset 0) i cross join lateral (select app.affiliations(i.id) as orgs offset 0) w
    join app.review_assignment a on a.reviewer_id = i.id
   where a.status in ('accepted', 'submitted', 'locked') and a.agency_id <> all (w.orgs));

grant execute on function app.my_places() to jiebang_reviewer;
reset role;

alter policy reviewer_select on app.review_application using (assignment_id = any ((select app.my_places())::uuid[]));
alter policy reviewer_insert on app.review with check (reviewer_id = (select app.me()) and assignment_id = any ((select app.my_places())::uuid[]));

set role jiebang_auth;
-- Only policies called it, and none does any more.
-- squawk-ignore ban-drop-function
drop function app.my_released();
reset role;
