"""Many tasks in the hands of the runner."""
import unittest

from fake_runner import completed, failed, unavailable
from test_reconnect import WithFakeRunner

from env_runner_client import State
from env_runner_client._generated import envrunner_pb2 as pb


class Array(WithFakeRunner):
    def test_the_template_goes_out_with_its_placeholders(self):
        array = self.client.submit_array(
            ['do', '{item}'], items=(each for each in 'ab'), concurrency=2, id='a', env={'N': '{index}'}, task_class='cpu_long', priority=1, workflow_id='w'
        )
        execution = pb.Execution(command=['do', '{item}'], env={'N': '{index}'})
        expected = pb.SubmitArrayRequest(
            id='a', task_class=pb.TASK_CLASS_CPU_LONG, priority=1, workflow_id='w', items=['a', 'b'], concurrency=2,
            template=pb.TaskSpec(execution=execution, artifacts=pb.Artifacts()),
        )  # fmt: skip
        self.assertEqual((array.id, self.runner.array_submissions), ('a', [expected]))

    def test_waiting_ends_with_the_last_task_and_tells_how_many_are_in_each_state(self):
        info = self.client.submit_array(['x'], count=5).wait(60)
        self.assertEqual((info.count, info.ended, info.tasks['completed'], info.tasks['running']), (5, True, 5, 0))

    def test_waiting_ends_with_its_time(self):
        self.runner.ends['a.1'].clear()
        with self.assertRaises(TimeoutError):
            self.client.submit_array(['x'], count=2, id='a').wait(0.1)

    def test_each_task_has_its_place_and_its_result(self):
        self.runner.run = lambda request: completed(request.id[-1])
        array = self.client.submit_array(['x'], count=3)
        array.wait(60)
        self.assertEqual({task.array_index: task.result.value for task in array.tasks()}, {0: 0, 1: 1, 2: 2})

    def test_what_failed_is_run_again_once_although_an_answer_was_lost(self):
        self.runner.run = lambda request: failed() if request.id == 'a.1' else completed()
        array = self.client.submit_array(['x'], count=3, id='a')
        array.wait(60)
        self.runner.troubles['RerunArray'].append((None, unavailable))
        again = array.rerun()
        self.assertEqual((again.status().rerun_of, [task.id for task in again.tasks()]), ('a', [f'{again.id}.1']))
        self.assertEqual(len(self.runner.arrays), 2)

    def test_cancel_reaches_every_task(self):
        array = self.client.submit_array(['x'], count=3)
        self.assertTrue(self.client.array(array.id).cancel('enough').ended)
        self.assertEqual({task.state for task in array.tasks()}, {State.CANCELLED})

    def test_items_in_one_string_are_refused(self):
        with self.assertRaises(TypeError):
            self.client.submit_array(['x'], items='abc')


if __name__ == '__main__':
    unittest.main()
