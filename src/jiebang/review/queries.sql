-- name: latest_score_run
select id, topic_id, n, output -> 'entries' as ranking, sha256, computed_at
from score_run where topic_id = $1 order by n desc limit 1
