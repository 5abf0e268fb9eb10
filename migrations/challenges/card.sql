-- A topic's card in the public list is written when the topic's projection is, and not once for each of its readers: JSON without
-- the opening brace and the state, which goes by the clock.
alter table app.public_topic add column card text;

create function app.write_card() returns trigger language plpgsql volatile set search_path = app, pg_temp as $$
declare
  form constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  new.card := (select substr(row_to_json(c)::text, 2) from (select new.topic_id as id, new.code,
    json_build_object('zh', coalesce(new.title_zh, ''), 'en', coalesce(new.title_en, '')) as title,
    new.agency_id, json_build_object('zh', new.agency_zh, 'en', new.agency_en) as agency,
    new.field_code, new.track_code, new.purse_minor, new.currency,
    to_char(new.published_at at time zone 'UTC', form) as published_at, to_char(new.closes_at at time zone 'UTC', form) as closes_at) c);
  return new;
end $$;
create trigger public_topic_card before insert or update on app.public_topic for each row execute function app.write_card();
update app.public_topic set card = '';
alter table app.public_topic alter column card set not null;
