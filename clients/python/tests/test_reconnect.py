"""What is interrupted goes on without loss and without repetition."""
import unittest
from unittest import mock

import grpc
from fake_runner import FakeRunner, completed, end, end_early, refused, unavailable

from env_runner_client import Client, EnvRunnerError, State
from env_runner_client._connection import Patience
from env_runner_client._generated import envrunner_pb2 as pb


class WithFakeRunner(unittest.TestCase):
    def setUp(self):
        self.runner = FakeRunner()
        self.runner.start()
        self.addCleanup(self.runner.stop)
        self.client = Client(self.runner.address, connect_seconds=20, retry_seconds=20)
        self.addCleanup(self.client.close)

    def running(self, id='t', attempt=1):
        self.runner.tasks[id] = pb.Task(id=id, state=pb.TASK_STATE_RUNNING, attempt=attempt)
        return self.client.task(id)

    def ended(self, id='t', attempt=1):
        self.running(id, attempt)
        end(self.runner.tasks[id], completed())
        return self.client.task(id)


class Calls(WithFakeRunner):
    def test_a_submission_whose_answer_was_lost_is_one_task(self):
        self.runner.troubles['SubmitTask'].append((None, unavailable))
        task = self.client.submit(['true'])
        self.assertEqual([each.id for each in self.runner.submissions], [task.id])
        self.assertFalse(task.created)

    def test_a_call_finds_a_runner_that_was_away(self):
        self.client.submit(['true'], id='before')
        self.runner.stop()
        with mock.patch.object(Patience, 'wait', self.runner.start_again):
            self.assertEqual(self.client.task('before').status().id, 'before')

    def test_a_refusal_that_passes_is_waited_for(self):
        draining = refused(grpc.StatusCode.UNAVAILABLE, 'DRAINING', 'the runner stops')
        busy = refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'RUNNER_BUSY', 'too much at once')
        self.runner.troubles['SubmitTask'].extend([(0, draining), (0, busy)])
        self.assertTrue(self.client.submit(['true']).created)

    def test_a_refusal_that_does_not_pass_is_told_at_once(self):
        full = refused(grpc.StatusCode.RESOURCE_EXHAUSTED, 'PAYLOAD_TOO_LARGE', 'too large', 'payload', 'Pass an input')
        self.runner.troubles['SubmitTask'].append((0, full))
        with self.assertRaises(EnvRunnerError) as raised:
            self.client.submit(['true'])
        error = raised.exception
        self.assertEqual((error.code, error.message, error.path, error.hint), ('PAYLOAD_TOO_LARGE', 'too large', 'payload', 'Pass an input'))
        self.assertEqual(self.runner.submissions, [])

    def test_a_runner_that_stays_away_is_told_when_the_time_is_over(self):
        with Client(self.runner.address, connect_seconds=20, retry_seconds=0.2) as client:
            self.running()
            client.task('t').status()
            self.runner.stop()
            with self.assertRaises(EnvRunnerError) as raised:
                client.task('t').status()
        self.assertEqual(raised.exception.code, 'RUNNER_UNREACHABLE')

    def test_a_runner_that_never_answered_is_told_sooner(self):
        self.runner.stop()
        with Client(self.runner.address, connect_seconds=0.2, retry_seconds=600) as client, self.assertRaises(EnvRunnerError) as raised:
            client.task('t').status()
        self.assertEqual(raised.exception.code, 'RUNNER_UNREACHABLE')

    def test_closing_ends_a_call_that_waits(self):
        task = self.running()
        self.runner.troubles['WaitTask'].append((None, lambda context: self.client.close()))
        with self.assertRaises(EnvRunnerError) as raised:
            task.wait()
        self.assertEqual(raised.exception.code, 'CLIENT_CLOSED')

    def test_waiting_survives_an_interruption(self):
        self.runner.troubles['WaitTask'].append((None, unavailable))
        self.assertEqual(self.ended().wait().state, State.COMPLETED)

    def test_waiting_ends_with_its_time_and_the_task_goes_on(self):
        task = self.running()
        self.runner.ends['t'].clear()
        with self.assertRaises(TimeoutError):
            task.wait(0.1)
        self.assertEqual(task.status().state, State.RUNNING)


class Streams(WithFakeRunner):
    def setUp(self):
        super().setUp()
        self.task = self.ended()
        self.runner.updates['t'] = [pb.TaskUpdate(id='t', position=position, type=f'event.{position}') for position in (3, 5, 8, 9)]
        self.runner.updates['t'][-1].task.CopyFrom(self.runner.tasks['t'])

    def positions(self):
        return [update.position for update in self.task.stream()]

    def test_every_update_comes_once_wherever_the_stream_breaks_off(self):
        for trouble in (unavailable, end_early):
            for sent in range(5):
                with self.subTest(trouble=trouble.__name__, sent=sent):
                    self.runner.troubles['WatchTasks'].append((sent, trouble))
                    self.assertEqual(self.positions(), [3, 5, 8, 9])

    def test_the_last_update_has_the_result(self):
        (*_, last) = self.task.stream()
        self.assertEqual(last.task.result.exit_code, 0)

    def test_a_watch_goes_on_behind_a_cursor_and_ends_although_nothing_is_left(self):
        self.assertEqual([update.position for update in self.client.watch(['t'], after=5)], [8, 9])
        self.assertEqual(list(self.client.watch(['t'], after=9)), [])

    def test_a_cursor_is_kept_while_the_runner_stops_before_it_said_anything(self):
        self.runner.troubles['WatchTasks'].append((0, end_early))
        self.assertEqual([update.position for update in self.client.watch(['t'], after=5)], [8, 9])


class Logs(WithFakeRunner):
    def setUp(self):
        super().setUp()
        self.task = self.ended(attempt=2)
        self.out, self.err = b'0123456789abcdefghij', b'short'
        self.runner.logs.update({('t', 1, 'stdout'): b'first attempt', ('t', 2, 'stdout'): self.out, ('t', 2, 'stderr'): self.err})

    def read(self, **options):
        """The bytes of each stream; that each piece begins where the one before ended is checked on the way."""
        seen = {}
        for chunk in self.task.logs(**options):
            key = (chunk.attempt, chunk.stream)
            if key in seen:
                self.assertEqual(chunk.offset, seen[key][0] + chunk.gap)
            before = seen[key][1] if key in seen else b''
            seen[key] = (chunk.offset + len(chunk.data), before + chunk.data)
        return {key: data for key, (_, data) in seen.items()}

    def test_every_byte_comes_once_wherever_the_stream_breaks_off(self):
        for follow in (False, True):
            for sent in range(9):
                with self.subTest(follow=follow, sent=sent):
                    self.runner.troubles['ReadLogs'].extend([(sent, unavailable), (1, unavailable)])
                    self.assertEqual(self.read(follow=follow), {(2, 'stdout'): self.out, (2, 'stderr'): self.err})

    def test_a_runner_that_stops_in_the_middle_and_says_nothing_is_found_out(self):
        for sent in range(8):
            with self.subTest(sent=sent):
                self.runner.troubles['ReadLogs'].append((sent, end_early))
                self.assertEqual(self.read(follow=True), {(2, 'stdout'): self.out, (2, 'stderr'): self.err})

    def test_a_stream_that_ends_while_the_task_runs_is_followed_on(self):
        task = self.running(attempt=2)
        self.runner.troubles['ReadLogs'].extend([(2, end_early), (None, lambda context: end(self.runner.tasks['t'], completed()))])
        self.assertEqual(b''.join(chunk.data for chunk in task.logs(stream='stdout', follow=True)), self.out)
        self.assertEqual([(request.follow, request.offset) for request in self.runner.log_requests], [(True, 0), (True, 6), (False, 20)])

    def test_reading_begins_at_an_offset_of_one_stream(self):
        self.assertEqual(self.read(stream='stdout', offset=18), {(2, 'stdout'): b'ij'})

    def test_an_attempt_can_be_chosen(self):
        self.assertEqual(self.read(attempt=1, follow=True), {(1, 'stdout'): b'first attempt'})

    def test_a_gap_is_told(self):
        self.runner.holes['t', 2, 'stdout'] = (4, 16)
        chunks = list(self.task.logs(stream='stdout'))
        self.assertEqual([(chunk.offset, chunk.data, chunk.gap) for chunk in chunks], [(0, b'012', 0), (3, b'3', 0), (16, b'ghi', 12), (19, b'j', 0)])

    def test_a_place_that_was_given_back_during_an_interruption_is_a_gap(self):
        def give_back(context):
            self.runner.holes['t', 2, 'stdout'] = (4, 16)
            unavailable(context)

        self.runner.troubles['ReadLogs'].append((2, give_back))
        chunks = list(self.task.logs(stream='stdout'))
        self.assertEqual([(chunk.offset, chunk.data, chunk.gap) for chunk in chunks], [(0, b'012', 0), (3, b'345', 0), (16, b'ghi', 10), (19, b'j', 0)])

    def test_an_offset_that_was_given_back_is_refused(self):
        self.runner.holes['t', 2, 'stdout'] = (4, 16)
        with self.assertRaises(EnvRunnerError) as raised:
            list(self.task.logs(stream='stdout', offset=6))
        self.assertEqual((raised.exception.code, raised.exception.hint), ('OUT_OF_RANGE', 'Next: 16'))

    def test_following_goes_through_the_attempts(self):
        self.runner.tasks['t'].attempt = 1
        self.runner.tasks['t'].state = pb.TASK_STATE_RETRYING

        def retry():
            self.runner.tasks['t'].attempt = 2
            self.runner.tasks['t'].state = pb.TASK_STATE_COMPLETED

        self.runner.updates['t'] = [pb.TaskUpdate(id='t', position=1, attempt=1), pb.TaskUpdate(id='t', position=2, attempt=2)]
        chunks = self.task.logs(stream='stdout', follow=True)
        seen = b''
        for chunk in chunks:
            seen += chunk.data
            if seen == b'first attempt':
                retry()
        self.assertEqual(seen, b'first attempt' + self.out)

    def test_a_task_that_never_began_has_printed_nothing(self):
        self.runner.tasks['t'].attempt = 0
        self.assertEqual((list(self.task.logs()), list(self.task.logs(follow=True))), ([], []))
        self.assertEqual(self.runner.log_requests, [])

    def test_lines_are_whole_and_stay_apart_by_stream(self):
        self.runner.logs.update({('t', 2, 'stdout'): 'eins\nzwölf\n\nrest'.encode(), ('t', 2, 'stderr'): b'bad \xff\nlast'})
        lines = list(self.task.log_lines())
        self.assertEqual([line.text for line in lines if line.stream == 'stdout'], ['eins', 'zwölf', '', 'rest'])
        self.assertEqual([line.text for line in lines if line.stream == 'stderr'], ['bad \ufffd', 'last'])

    def test_a_stream_that_is_none_is_refused(self):
        with self.assertRaises(ValueError):
            self.task.logs(stream='stdin')


if __name__ == '__main__':
    unittest.main()
