// every health page → here → 50 asks a second of each for 30 s; exit 99 when one in a hundred fails or p95 passes 200 ms.
// It loads what answers over HTTP: the board's shell and health, and the workers' health. It opens no board: that is a
// WebSocket of Streamlit's own.
import http from 'k6/http';
import { check } from 'k6';

const board = __ENV.DASHBOARD || 'http://127.0.0.1:8501';
const workers = (__ENV.WORKERS || '').split(' ').filter((url) => url !== '');
const pages = [`${board}/`, `${board}/_stcore/health`, ...workers.map((url) => `${url}/healthz`)];

export const options = {
  scenarios: Object.fromEntries(
    pages.map((page) => [page.replace(/\W+/g, '_'), {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 50),
      duration: __ENV.DURATION || '30s',
      preAllocatedVUs: 50,
      env: { PAGE: page },
    }]),
  ),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<200'],
    dropped_iterations: ['count==0'],
  },
};

export default function () {
  const answer = http.get(__ENV.PAGE, { tags: { name: __ENV.PAGE } });
  check(answer, { 'answers 200': (a) => a.status === 200 });
}
