"""Against a real runner: the one that ENV_RUNNER_SERVER names."""
import os
import unittest
import uuid

from env_runner_client import Client, EnvRunnerError, State, TaskFailed

REPORTS = """
import env_runner
for step in range(3):
    env_runner.progress(50 * step, step='count', message=f'{step} of 2')
env_runner.metric('loss', 0.25)
env_runner.token('a word')
env_runner.result({'id': env_runner.task_id(), 'attempt': env_runner.attempt()})
"""


@unittest.skipUnless(os.environ.get('ENV_RUNNER_SERVER'), 'ENV_RUNNER_SERVER names no runner')
class Daemon(unittest.TestCase):
    def setUp(self):
        self.client = Client(retry_seconds=10)
        self.addCleanup(self.client.close)
        self.name = uuid.uuid4().hex[:12]

    def shell(self, script, **options):
        return self.client.submit(['sh', '-c', script], **options)

    def test_a_task_runs_to_its_result(self):
        result = self.shell('echo out; echo err >&2; echo "$GREETING"', env={'GREETING': 'hello'}, timeout=30).result(60)
        self.assertEqual((result.state, result.exit_code, result.attempts, result.error_code), (State.COMPLETED, 0, 1, ''))
        self.assertEqual((result.stdout_tail, result.stderr_tail), ('out\nhello\n', 'err\n'))
        self.assertGreater(result.latency_ms, 0)

    def test_what_a_task_tells_by_its_helper_arrives(self):
        task = self.client.submit(['python3', '-c', REPORTS])
        result = task.result(60)
        self.assertEqual((result.value, result.metrics['loss']), ({'id': task.id, 'attempt': 1}, 0.25))
        told = [update.progress for update in task.stream() if update.progress is not None]
        self.assertEqual((told[-1].percent, told[-1].step, told[-1].message), (100, 'count', '2 of 2'))

    def test_a_failure_says_why(self):
        with self.assertRaises(TaskFailed) as raised:
            self.shell('echo no such thing >&2; exit 3').result(60)
        error = raised.exception
        self.assertEqual((error.code, error.exit_code, error.stderr_tail), ('EXIT_NONZERO', 3, 'no such thing\n'))

    def test_a_python_function_is_called_and_its_value_is_the_result(self):
        self.assertEqual(self.client.submit(python='statistics:mean', args={'data': [1, 2, 3, 4]}).result(60).value, 2.5)
        with self.assertRaises(TaskFailed) as raised:
            self.client.submit(python='statistics:mean', args={'data': []}).result(60)
        self.assertEqual(raised.exception.code, 'PYTHON_EXCEPTION')
        self.assertIn('requires at least one data point', raised.exception.message)

    def test_updates_come_in_order_and_end_with_the_task(self):
        updates = list(self.shell('true').stream())
        positions = [update.position for update in updates]
        self.assertEqual(positions, sorted(set(positions)))
        self.assertEqual((updates[0].type, updates[-1].state, updates[-1].task.state), ('task.submitted', State.COMPLETED, State.COMPLETED))
        self.assertEqual([update.task for update in updates[:-1]], [None] * (len(updates) - 1))
        after = updates[1].position
        self.assertEqual([update.position for update in self.client.watch([updates[0].id], after=after)], positions[2:])

    def test_logs_are_followed_to_the_last_byte(self):
        task = self.shell('for i in 1 2 3; do echo line $i; sleep 0.1; done; printf "\\377 rest"; echo err >&2')
        out = b''.join(chunk.data for chunk in task.logs(stream='stdout', follow=True))
        self.assertEqual(out, b'line 1\nline 2\nline 3\n\xff rest')
        self.assertEqual(b''.join(chunk.data for chunk in task.logs(stream='stdout', offset=14)), b'line 3\n\xff rest')
        self.assertEqual({(line.stream, line.text) for line in task.log_lines()}, {
            ('stdout', 'line 1'), ('stdout', 'line 2'), ('stdout', 'line 3'), ('stdout', '\ufffd rest'), ('stderr', 'err'),
        })  # fmt: skip

    def test_a_task_is_cancelled_once(self):
        task = self.shell('sleep 60')
        task.cancel('enough')
        self.assertEqual(task.wait(60).state, State.CANCELLED)
        self.assertEqual(task.cancel('again').state, State.CANCELLED)
        with self.assertRaises(TaskFailed) as raised:
            task.result()
        self.assertEqual(raised.exception.code, 'CANCELLED')
        self.assertTrue(any('enough' in sentence for sentence in task.explain()))

    def test_waiting_ends_with_its_time(self):
        task = self.shell('sleep 60')
        with self.assertRaises(TimeoutError):
            task.wait(0.2)
        task.cancel()

    def test_refusals_name_code_and_field(self):
        for code, path, options in (
            ('INVALID_SPEC', 'spec.execution.command', {}),
            ('INVALID_ID', 'id', {'command': ['true'], 'id': '../x'}),
            ('LIMIT_EXCEEDED', 'spec.execution.timeout_seconds', {'command': ['true'], 'timeout': 1e6}),
            ('POLICY_NETWORK', 'spec.execution.network', {'command': ['true'], 'network': 'host'}),
        ):
            with self.subTest(code=code), self.assertRaises(EnvRunnerError) as raised:
                self.client.submit(**options)
            self.assertEqual((raised.exception.code, raised.exception.path), (code, path))

    def test_an_unknown_task_is_not_found(self):
        for ask in (lambda task: task.status(), lambda task: task.wait(), lambda task: list(task.stream()), lambda task: list(task.logs())):
            with self.assertRaises(EnvRunnerError) as raised:
                ask(self.client.task('nobody'))
            self.assertEqual(raised.exception.code, 'NOT_FOUND')

    def test_the_same_id_is_the_same_task_and_another_body_is_refused(self):
        first = self.shell('exit 0', id=self.name)
        again = self.shell('exit 0', id=self.name)
        self.assertEqual((first.created, again.created, again.id), (True, False, self.name))
        with self.assertRaises(EnvRunnerError) as raised:
            self.shell('exit 1', id=self.name)
        self.assertEqual(raised.exception.code, 'TASK_CONFLICT')
        self.assertEqual(first.wait(60).state, State.COMPLETED)

    def test_tasks_are_listed_by_workflow_and_state(self):
        ids = [self.shell('true', workflow_id=self.name).id for _ in range(3)]
        for id in ids:
            self.client.task(id).wait(60)
        listed = list(self.client.list(workflow_id=self.name, states=[State.COMPLETED], task_class='cpu_short'))
        self.assertEqual([info.id for info in listed], ids[::-1])
        self.assertEqual({info.workflow_id for info in listed}, {self.name})
        self.assertEqual(list(self.client.list(workflow_id=self.name, states=['failed'])), [])

    def test_fifty_tasks_at_once_give_their_results_in_order_and_are_found_again(self):
        work = ['sh', '-c', 'echo "__DSPY_RESULT__:$1"', 'sh', '{item}']
        run = self.client.map(work, range(50), id=self.name, concurrency=50)
        self.assertEqual([result.value for result in run], list(range(50)))
        again = self.client.map(work, range(50), id=self.name)
        self.assertEqual([future.result(60) for _, future in sorted(again.as_completed(60))], list(run))

    def test_an_array_runs_without_its_client_and_what_failed_is_run_again(self):
        script = 'test "$1" -ne 3 && echo "__DSPY_RESULT__:$1"'
        array = self.client.submit_array(['sh', '-c', script, 'sh', '{item}'], items=map(str, range(5)), concurrency=2, id=self.name)
        info = self.client.array(self.name).wait(60)
        self.assertEqual((info.count, info.concurrency, info.tasks['completed'], info.tasks['failed']), (5, 2, 4, 1))
        values = {task.array_index: task.result.value for task in array.tasks() if task.state is State.COMPLETED}
        self.assertEqual(values, {0: 0, 1: 1, 2: 2, 4: 4})
        again = array.rerun()
        self.assertEqual([(task.id, task.array_index) for task in again.tasks()], [(f'{again.id}.3', 3)])
        self.assertEqual((again.wait(60).rerun_of, again.status().tasks['failed']), (self.name, 1))

    def test_one_of_many_that_fails_is_told_in_its_place(self):
        run = self.client.map('statistics:mean', [{'data': [1, 3]}, {'data': []}], concurrency=2)
        self.assertEqual(run.futures[0].result(60).value, 2)
        self.assertEqual(run.futures[1].exception(60).code, 'PYTHON_EXCEPTION')


if __name__ == '__main__':
    unittest.main()
