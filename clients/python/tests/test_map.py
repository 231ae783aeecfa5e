"""Many items, a future for each."""
import json
import threading
import unittest

from fake_runner import completed, failed, unavailable
from test_reconnect import WithFakeRunner

from env_runner_client import EnvRunnerError, TaskFailed
from env_runner_client._map import fill_in


def echo(request):
    return completed(json.dumps(list(request.spec.execution.command)))


class Map(WithFakeRunner):
    def setUp(self):
        super().setUp()
        self.runner.run = echo

    def test_results_come_in_the_order_of_the_items(self):
        run = self.client.map(['do', '{item}', '{index}'], ['a', 7, {'k': 'v'}], concurrency=2)
        self.assertEqual([result.value for result in run], [['do', 'a', '0'], ['do', '7', '1'], ['do', '{"k":"v"}', '2']])
        self.assertEqual([task.id for task in run.tasks], [f'{run.id}.{index}' for index in range(3)])

    def test_items_of_a_python_entry_point_are_its_arguments(self):
        self.runner.run = lambda request: completed(request.spec.execution.python.args_json)
        run = self.client.map('m:f', ({'n': n} for n in range(3)), env={'A': 'b'})
        self.assertEqual([result.value for result in run], [{'n': 0}, {'n': 1}, {'n': 2}])
        self.assertEqual({request.spec.execution.env['A'] for request in self.runner.submissions}, {'b'})

    def test_a_failure_is_raised_in_its_place_and_the_others_end(self):
        self.runner.run = lambda request: failed() if request.id.endswith('.1') else echo(request)
        run = self.client.map(['{item}'], 'abc')
        outcomes = {index: future.exception() for index, future in run.as_completed(timeout=20)}
        self.assertEqual((sorted(outcomes), outcomes[0], outcomes[2]), ([0, 1, 2], None, None))
        self.assertIsInstance(outcomes[1], TaskFailed)
        results = iter(run)
        self.assertEqual(next(results).value, ['a'])
        with self.assertRaises(TaskFailed):
            next(results)

    def test_a_refusal_is_the_outcome_of_its_own_item_alone(self):
        run = self.client.map('m:f', [{'n': 1}, 2])
        self.assertIsNone(run.futures[0].exception())
        self.assertEqual(run.futures[1].exception().path, 'items[1]')

    def test_the_same_map_again_finds_its_tasks_and_submits_the_rest(self):
        list(self.client.map(['{item}'], 'ab', id='m'))
        before = list(self.runner.submissions)
        self.assertEqual([result.value for result in self.client.map(['{item}'], 'abc', id='m')], [['a'], ['b'], ['c']])
        self.assertEqual(self.runner.submissions[:2], before)
        self.assertEqual([request.id for request in self.runner.submissions[2:]], ['m.2'])

    def test_another_map_under_the_same_id_is_refused_by_the_tasks_that_differ(self):
        list(self.client.map(['{item}'], 'ab', id='m'))
        run = self.client.map(['{item}'], 'ax', id='m')
        self.assertEqual(run.futures[0].result().value, ['a'])
        self.assertEqual(run.futures[1].exception().code, 'TASK_CONFLICT')

    def test_no_more_are_under_way_than_allowed(self):
        for index in range(5):
            self.runner.ends[f'm.{index}'].clear()
        run = self.client.map(['{item}'], 'abcde', id='m', concurrency=2)
        for index in range(5):
            self.assertLessEqual(len(self.runner.submissions), index + 2)
            self.runner.ends[f'm.{index}'].set()
            self.assertEqual(run.futures[index].result(20).value, ['abcde'[index]])

    def test_interruptions_are_not_seen(self):
        for method in ('SubmitTask', 'WaitTask'):
            self.runner.troubles[method].extend([(None, unavailable)] * 5)
        self.assertEqual([result.value for result in self.client.map(['{index}'], range(20))], [[str(index)] for index in range(20)])
        self.assertEqual(len(self.runner.submissions), 20)

    def test_cancel_submits_nothing_more_and_ends_what_runs(self):
        began = threading.Event()
        self.runner.ends['m.0'].clear()
        submit = self.runner.SubmitTask
        self.runner.SubmitTask = lambda request, context: (began.set(), submit(request, context))[1]
        self.runner.stop()
        self.runner.start()
        run = self.client.map(['{item}'], 'abc', id='m', concurrency=1)
        self.assertTrue(began.wait(20))
        run.cancel('enough')
        self.assertEqual(run.futures[0].exception(20).code, 'CANCELLED')
        self.assertEqual([future.cancelled() for future in run.futures], [False, True, True])
        self.assertEqual([request.id for request in self.runner.submissions], ['m.0'])

    def test_cancel_reaches_a_task_whose_submission_is_under_way(self):
        self.runner.ends['m.0'].clear()
        under_way, cancelled = threading.Event(), threading.Event()

        def hold(context):
            under_way.set()
            cancelled.wait(20)

        self.runner.troubles['SubmitTask'].append((0, hold))
        run = self.client.map(['{item}'], 'a', id='m')
        under_way.wait(20)
        run.cancel()
        cancelled.set()
        self.assertEqual(run.futures[0].exception(20).code, 'CANCELLED')

    def test_closing_the_client_ends_every_future(self):
        self.runner.troubles['WaitTask'].append((None, lambda context: self.client.close()))
        run = self.client.map(['{item}'], 'abc', id='m', concurrency=1)
        for future in run.futures:
            self.assertIsInstance(future.exception(20), EnvRunnerError)

    def test_nothing_to_do_is_done(self):
        run = self.client.map(['x'], [])
        self.assertEqual((len(run), list(run), list(run.as_completed())), (0, [], []))


class Templates(unittest.TestCase):
    def test_only_the_two_names_are_replaced_and_never_twice(self):
        words = ['{item}', 'a{index}b{index}', '{other} ${item}', '{}', '{{item}} {{{index}}}', '{{other}}']
        self.assertEqual(fill_in(words, '{index}', 4), ['{index}', 'a4b4', '{other} ${index}', '{}', '{item} {{index}}', '{{other}}'])


if __name__ == '__main__':
    unittest.main()
