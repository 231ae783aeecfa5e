"""What the Python agents in use do, with nothing but stubs generated from proto/orchestrator/v1: payloads are dicts whose values went through str().

ENV_RUNNER_SERVER names the runner; the stubs are on the path.
"""
import concurrent.futures
import datetime
import json
import os
import time
import unittest
import uuid

import grpc
from orchestrator.v1 import orchestrator_pb2 as pb
from orchestrator.v1 import orchestrator_pb2_grpc as stubs

ECHO = "import env_runner, sys, os; env_runner.result({'argv': sys.argv[1:], 'env': os.environ.get('WORD')})"


class Agent(unittest.TestCase):
    def setUp(self):
        channel = grpc.insecure_channel(os.environ['ENV_RUNNER_SERVER'])
        self.addCleanup(channel.close)
        self.stub = stubs.OrchestratorServiceStub(channel)
        self.task = f'agent-{uuid.uuid4().hex[:12]}'

    def submit(self, payload, id=None, **more):
        """As those agents write it."""
        request = pb.SubmitTaskRequest(id=self.task if id is None else id, payload={key: str(value) for key, value in payload.items()}, **more)
        return self.stub.SubmitTask(request, timeout=30)

    def shell(self, script, **more):
        return self.submit({'execution': {'command': ['sh', '-c', script]}}, **more)

    def results(self, *ids, include_completed=True):
        request = pb.StreamTaskResultsRequest(task_ids=ids, include_completed=include_completed)
        return list(self.stub.StreamTaskResults(request, timeout=60))

    def last(self, id=None):
        return self.results(id or self.task)[-1]

    def test_nested_values_in_pythons_own_notation_are_understood(self):
        words = ["it's", 'say "hi"', 'both \' and "', 'back\\slash', 'two\nlines', 'zwölf €', '\U0001f600', '', 'True', '[1]', '{"a": 1}']
        payload = {
            'execution': {'command': ['python3', '-c', ECHO, *words], 'env': {'WORD': "it's"}, 'timeout_seconds': 30.5, 'network': 'none'},
            'artifacts': {'inputs': [], 'outputs': [{'name': 'none', 'path': 'none', 'optional': True}]},
            'context': {'retry': True, 'off': False, 'none': None, 'deep': [{'a': [1, -2.5]}, []]},
            'note': "a text that is no literal, and isn't taken for one",
        }
        answer = self.submit(payload, **{'class': 'cpu_short'}, priority=3)
        self.assertEqual((answer.success, answer.task_id, answer.error), (True, self.task, ''))
        ended = self.last()
        self.assertEqual((ended.status, ended.error), ('completed', ''))
        self.assertEqual(json.loads(ended.result['runner_output']), {'argv': words, 'env': "it's"})
        completed = next(event for event in self.events() if event.event_type == 'task_completed')
        self.assertEqual(json.loads(completed.data['context']), payload['context'])

    def test_a_whole_payload_may_come_as_json(self):
        document = {'execution': {'command': ['sh', '-c', 'exit 0'], 'env': {'A': 'true'}}}
        request = pb.SubmitTaskRequest(id=self.task, payload={'payload_json': json.dumps(document)})
        self.assertTrue(self.stub.SubmitTask(request).success)
        self.assertEqual(self.last().status, 'completed')

    def test_a_task_without_id_and_class_is_given_both(self):
        answer = self.shell('true', id='')
        self.assertTrue(answer.success and answer.task_id)
        self.assertEqual(self.last(answer.task_id).result['class'], 'cpu_short')

    def test_the_same_id_is_the_same_task_and_another_body_is_refused(self):
        self.assertTrue(self.shell('exit 0').success)
        again = self.shell('exit 0')
        self.assertEqual((again.success, again.task_id), (True, self.task))
        other = self.shell('exit 1')
        self.assertFalse(other.success)
        self.assertRegex(other.error, r'^TASK_CONFLICT: ')
        self.assertEqual(self.last().status, 'completed')

    def test_a_refusal_is_an_answer_that_names_code_and_field(self):
        for payload, said in (
            ({}, r'^INVALID_SPEC: .*payload\.execution'),
            ({'execution': {'command': ['true'], 'timeout_seconds': -1}}, r'^INVALID_SPEC: .*payload\.execution\.timeout_seconds'),
            ({'execution': {'image': 'x', 'privileged': True}}, r'^POLICY_PRIVILEGE: .*privileged'),
        ):
            with self.subTest(payload=payload):
                answer = self.submit(payload)
                self.assertFalse(answer.success)
                self.assertRegex(answer.error, said)
        self.assertRegex(self.shell('true', **{'class': 'huge'}).error, '^CLASS_UNKNOWN: ')

    def test_a_result_has_every_field_of_the_contract(self):
        self.shell('echo out; exit 0')
        ended = self.last()
        result = dict(ended.result)
        self.assertEqual((result['exit_code'], result['class'], result['attempts']), ('0', 'cpu_short', '1'))
        times = [datetime.datetime.fromisoformat(result[key].replace('Z', '+00:00')) for key in ('submitted_at', 'started_at', 'completed_at')]
        self.assertEqual(times, sorted(times))
        self.assertEqual(ended.completed_at, int(times[2].timestamp()))
        self.assertGreater(ended.duration_ms, 0)
        self.assertAlmostEqual(float(result['latency_ms']), ended.duration_ms)
        self.assertTrue(result['logs_url'].endswith(f'/api/v1/tasks/{self.task}/logs'), result['logs_url'])
        for key, kind in (('result', dict), ('metrics', dict), ('outputs', list)):
            self.assertIsInstance(json.loads(result[key]), kind, key)
        status = self.stub.GetTaskStatus(pb.GetTaskStatusRequest(task_id=self.task))
        self.assertEqual((status.task_id, status.status, dict(status.result), status.error), (self.task, 'completed', result, ''))

    def test_a_failure_tells_code_exit_code_and_the_end_of_stderr(self):
        self.shell('head -c 200000 /dev/zero | tr "\\0" x >&2; echo the very end >&2; exit 3')
        ended = self.last()
        self.assertEqual((ended.status, ended.result['exit_code']), ('failed', '3'))
        self.assertRegex(ended.error, r'^EXIT_NONZERO: .*exit code 3')
        self.assertTrue(ended.error.endswith('the very end'), ended.error[-200:])
        self.assertLess(len(ended.error.encode()), 65536)

    def test_a_stream_tells_each_change_once_and_ends_with_its_tasks(self):
        ids = [f'{self.task}-{index}' for index in range(5)]
        for id in ids:
            self.shell('sleep 1', id=id)
        updates = self.results(*ids)
        for id in ids:
            statuses = [update.status for update in updates if update.task_id == id]
            self.assertEqual(statuses[-2:], ['running', 'completed'])
            self.assertEqual(len(statuses), len(set(statuses)), statuses)

    def test_a_stream_without_those_that_have_ended_waits_for_nothing(self):
        self.shell('true')
        self.assertEqual(self.last().status, 'completed')
        self.assertEqual(self.results(self.task, include_completed=False), [])

    def test_events_are_replayed_since_a_time_and_then_followed(self):
        since = int(time.time())
        self.shell('true')
        self.assertEqual([event.event_type for event in self.events(since)], ['task_submitted', 'task_started', 'task_completed'])
        stream = self.stub.StreamEvents(pb.StreamEventsRequest(event_types=['task_completed'], since_timestamp=since), timeout=60)
        later = f'{self.task}-later'
        seen = []
        for event in stream:
            self.assertEqual(event.event_type, 'task_completed')
            self.assertGreaterEqual(event.timestamp, since)
            seen.append(event.resource_id)
            if event.resource_id == self.task:
                self.shell('true', id=later)
            if event.resource_id == later:
                stream.cancel()
                break
        self.assertLess(seen.index(self.task), seen.index(later))

    def events(self, since=None):
        """Those of this task, to its end."""
        request = pb.StreamEventsRequest(since_timestamp=int(time.time()) - 60 if since is None else since)
        stream, seen = self.stub.StreamEvents(request, timeout=60), []
        for event in stream:
            if event.resource_id == self.task:
                seen.append(event)
            if event.resource_id == self.task and event.event_type in ('task_completed', 'task_failed', 'task_cancelled'):
                stream.cancel()
                return seen

    def test_fifty_tasks_at_once_all_complete(self):
        ids = [f'{self.task}-{index}' for index in range(50)]
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda id: self.shell('exit 0', id=id), ids))
        self.assertEqual([(answer.success, answer.task_id) for answer in answers], [(True, id) for id in ids])
        ended = {update.task_id: update.status for update in self.results(*ids) if update.completed_at}
        self.assertEqual(ended, dict.fromkeys(ids, 'completed'))

    def test_metrics_are_known_by_name(self):
        self.shell('true')
        self.last()
        always = {'tasks_tracked_total', 'tasks_pending', 'tasks_running', 'tasks_completed', 'tasks_failed'}
        everything = self.stub.GetMetrics(pb.GetMetricsRequest())
        self.assertLessEqual(always, set(everything.metrics))
        self.assertAlmostEqual(everything.timestamp, time.time(), delta=5)
        chosen = self.stub.GetMetrics(pb.GetMetricsRequest(metric_names=['tasks_completed', 'no_such_thing'])).metrics
        self.assertEqual(set(chosen), {'tasks_completed'})
        self.assertGreaterEqual(chosen['tasks_completed'], 1)

    def test_health_says_that_it_would_take_a_task(self):
        health = self.stub.Health(pb.HealthRequest())
        self.assertTrue(health.healthy and health.version)
        self.assertEqual(health.services['runner'], 'accepting')

    def test_an_unknown_task_is_not_found(self):
        for call in (
            lambda: self.stub.GetTaskStatus(pb.GetTaskStatusRequest(task_id='nobody')),
            lambda: list(self.stub.StreamTaskResults(pb.StreamTaskResultsRequest(task_ids=['nobody']))),
        ):
            with self.assertRaises(grpc.RpcError) as raised:
                call()
            self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)


if __name__ == '__main__':
    unittest.main()
