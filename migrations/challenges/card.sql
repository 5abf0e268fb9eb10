-- A topic's card in the public list is written when the topic's projection is, and not once for each of its readers. It holds
-- all but the state, which goes by the clock.
alter table app.public_topic add column card text not null default '';
alter table app.public_topic alter column card drop default;

create function app.write_card() returns trigger language plpgsql volatile set search_path = app, pg_temp as $$
declare
  form constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  new.card := (select row_to_json(c) from (select new.topic_id as id, new.code,
    json_build_object('zh', coalesce(new.title_zh, ''), 'en', coalesce(new.title_en, '')) as title,
    new.agency_id, json_build_object('zh', new.agency_zh, 'en', new.agency_en) as agency,
    new.field_code, new.track_code, new.purse_minor, new.currency,
    to_char(new.published_at at time zone 'UTC', form) as published_at, to_char(new.closes_at at time zone 'UTC', form) as closes_at) c);
  return new;
end $$;
create trigger public_topic_card before insert or update on app.public_topic for each row execute function app.write_card();
update app.public_topic set card = '';
