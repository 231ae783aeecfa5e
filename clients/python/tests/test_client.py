"""What the client sends, and what it makes of answers."""
import os
import pickle
import statistics
import unittest
from unittest import mock

import grpc
from fake_runner import completed, end, failed, refused
from test_reconnect import WithFakeRunner

from env_runner_client import Client, EnvRunnerError, Input, Mount, Output, Resources, State, TaskFailed
from env_runner_client._generated import envrunner_pb2 as pb


class Submitting(WithFakeRunner):
    def spec(self, *arguments, **options):
        self.client.submit(*arguments, **options)
        return self.runner.submissions[-1]

    def test_every_field_arrives(self):
        request = self.spec(
            ['a', 'b'], id='i', image='img', entrypoint=['e'], env={'K': 'v'}, timeout=1.5, task_class='cpu_long', priority=-2, workflow_id='w',
            tenant='acme', context={'b': 1, 'a': None}, mounts=[Mount('/h', '/m')], resources=Resources(cpu_millicores=500, gpu_class='h100'),
            inputs=[Input('d', 's3://b/k', 'in/d', unpack=True)], outputs=[Output('m', 'out/*', optional=True)], secrets=['S'], network='none',
            working_dir='wd', container_workdir='/work', runtime='runsc',
        )  # fmt: skip
        expected = pb.SubmitTaskRequest(
            id='i', task_class=pb.TASK_CLASS_CPU_LONG, priority=-2, workflow_id='w',
            spec=pb.TaskSpec(
                tenant='acme',
                context_json='{"a":null,"b":1}',
                execution=pb.Execution(
                    image='img', entrypoint=['e'], command=['a', 'b'], env={'K': 'v'}, timeout_seconds=1.5, secrets=['S'], network='none',
                    mounts=[pb.Mount(host_path='/h', mount_path='/m', read_only=True)], working_dir='wd', container_workdir='/work',
                    resources=pb.Resources(cpu_millicores=500, gpu_class='h100'), runtime='runsc',
                ),
                artifacts=pb.Artifacts(
                    inputs=[pb.Input(name='d', path='s3://b/k', target='in/d', unpack=True)],
                    outputs=[pb.Output(name='m', path='out/*', optional=True)],
                ),
            ),
        )  # fmt: skip
        self.assertEqual(request, expected)

    def test_a_python_entry_point_is_named(self):
        for entry, named in (
            ('pkg.mod:Cls.run', pb.PythonCall(module='pkg.mod', function='Cls.run', args_json='{"a":[1]}')),
            ('pkg.mod', pb.PythonCall(module='pkg.mod', args_json='{"a":[1]}')),
            ('jobs/train.py:main', pb.PythonCall(script='jobs/train.py', function='main', args_json='{"a":[1]}')),
            (statistics.mean, pb.PythonCall(module='statistics', function='mean', args_json='{"a":[1]}')),
        ):
            with self.subTest(entry=entry):
                self.assertEqual(self.spec(python=entry, args={'a': [1]}).spec.execution.python, named)

    def test_a_function_without_a_name_in_a_module_is_refused(self):
        def local():
            pass

        for function in (local, lambda: None):
            with self.subTest(function=function), self.assertRaisesRegex(ValueError, 'functions are not sent'):
                self.client.submit(python=function)

    def test_arguments_that_json_cannot_carry_are_refused(self):
        for value in (float('nan'), object(), {1, 2}):
            with self.subTest(value=value), self.assertRaises(EnvRunnerError) as raised:
                self.client.submit(python='m:f', args={'a': value})
            self.assertEqual((raised.exception.code, raised.exception.path), ('INVALID_SPEC', 'spec.execution.python.args_json'))

    def test_a_command_in_one_string_is_refused(self):
        with self.assertRaisesRegex(TypeError, "such as \\['sh', '-c', 'echo hi'\\]"):
            self.client.submit('echo hi')

    def test_a_class_that_is_none_is_refused(self):
        with self.assertRaises(EnvRunnerError) as raised:
            self.client.submit(['x'], task_class='huge')
        self.assertEqual(raised.exception.code, 'CLASS_UNKNOWN')

    def test_the_same_id_is_the_same_task_and_another_body_is_refused(self):
        self.assertTrue(self.client.submit(['x'], id='a').created)
        self.assertFalse(self.client.submit(['x'], id='a').created)
        with self.assertRaises(EnvRunnerError) as raised:
            self.client.submit(['y'], id='a')
        self.assertEqual(str(raised.exception), 'TASK_CONFLICT: the id belongs to another task (id). Choose another')

    def test_the_address_and_the_token_come_from_the_environment(self):
        with mock.patch.dict(os.environ, {'ENV_RUNNER_SERVER': self.runner.address, 'ENV_RUNNER_TOKEN': 'secret'}), Client() as client:
            client.submit(['x'])
        self.assertEqual(self.runner.tokens, ['Bearer secret'])


class Outcomes(WithFakeRunner):
    def outcome(self, result):
        task = self.running()
        end(self.runner.tasks['t'], result)
        return task.result()

    def test_a_result_has_what_the_task_gave(self):
        output = pb.OutputFile(name='m', path='file:///x', type='binary', size_bytes=1, checksum='sha256:0')
        result = self.outcome(completed('{"loss": 0.5}', metrics={'tokens': 512}, outputs=[output], stdout_tail='hi\n', latency_ms=12.5))
        self.assertEqual((result.state, result.value, result.exit_code, result.signal), (State.COMPLETED, {'loss': 0.5}, 0, None))
        self.assertEqual((result.metrics, result.stdout_tail, result.latency_ms), ({'tokens': 512}, 'hi\n', 12.5))
        self.assertEqual((result.outputs[0].path, result.outputs[0].size_bytes), ('file:///x', 1))

    def test_a_failure_is_raised_with_code_exit_code_and_the_end_of_stderr(self):
        with self.assertRaises(TaskFailed) as raised:
            self.outcome(failed(stderr_tail='no such file\n'))
        error = raised.exception
        self.assertEqual((error.code, error.exit_code, error.stderr_tail, error.state), ('EXIT_NONZERO', 3, 'no such file\n', State.FAILED))
        self.assertEqual(str(error), 'the task t failed: EXIT_NONZERO: the command ended with exit code 3')

    def test_a_failure_goes_to_another_process_as_it_is(self):
        with self.assertRaises(TaskFailed) as raised:
            self.outcome(failed())
        copy = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(copy), copy.code, copy.result), (str(raised.exception), 'EXIT_NONZERO', raised.exception.result))

    def test_a_cancelled_task_is_a_failure_with_that_code(self):
        task = self.running()
        self.assertEqual(task.cancel('enough').state, State.CANCELLED)
        with self.assertRaises(TaskFailed) as raised:
            task.result()
        self.assertEqual((raised.exception.code, raised.exception.exit_code), ('CANCELLED', None))

    def test_a_state_of_a_newer_runner_is_unknown(self):
        self.running()
        self.runner.tasks['t'].state = 99
        self.assertEqual(self.client.task('t').status().state, State.UNKNOWN)

    def test_errors_of_others_have_the_name_of_their_status(self):
        self.runner.troubles['GetTask'].append((None, lambda context: context.abort(grpc.StatusCode.UNAUTHENTICATED, 'who are you?')))
        with self.assertRaises(EnvRunnerError) as raised:
            self.client.task('t').status()
        self.assertEqual((raised.exception.code, raised.exception.message), ('UNAUTHENTICATED', 'who are you?'))

    def test_an_error_says_each_part_once(self):
        told = refused(grpc.StatusCode.INVALID_ARGUMENT, 'INVALID_SPEC', 'it is missing: expected array', 'spec.execution.command', 'Send […].')
        self.runner.troubles['SubmitTask'].append((0, told))
        with self.assertRaises(EnvRunnerError) as raised:
            self.client.submit(['x'])
        self.assertEqual(raised.exception.message, 'it is missing: expected array')
        self.assertEqual(str(raised.exception), 'INVALID_SPEC: it is missing: expected array (spec.execution.command). Send […].')


class Listing(WithFakeRunner):
    def test_every_page_is_fetched(self):
        for index in range(5):
            self.running(f't{index}')
        self.assertEqual([info.id for info in self.client.list()], ['t4', 't3', 't2', 't1', 't0'])

    def test_states_are_chosen_by_their_word(self):
        self.running('a')
        self.ended('b')
        self.assertEqual([info.id for info in self.client.list(states=['completed'])], ['b'])
        with self.assertRaisesRegex(ValueError, 'pending, preparing'):
            list(self.client.list(states=['done']))


if __name__ == '__main__':
    unittest.main()
