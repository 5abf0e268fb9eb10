-- Experts who are in a pool already: the organisation's English name beside the Chinese, as the next ones bring it along.
update app.expert e set org_name_en = o.name_en from app.organisation o where o.id = e.org_id;
