"""Estimates pi on a runner: eight tasks throw points at a square, this program follows them and puts their answers together.

    env-runner serve --data-dir ./data     # in another terminal
    pip install ./clients/python
    python examples/python/map.py

Interrupt it and start it again with the same name, such as `python examples/python/map.py pi-1`: what has ended is not done again.
"""
import sys

from env_runner_client import Client, TaskFailed

# The task's own program. It imports env_runner, which the runner brings along; the client is not needed there.
PROGRAM = """
import random, sys
import env_runner

seed, points, inside = int(sys.argv[1]), 400_000, 0
dice = random.Random(seed)
for point in range(points):
    inside += dice.random() ** 2 + dice.random() ** 2 <= 1
    if point % 100_000 == 0:
        env_runner.progress(100 * point / points, step='throw')
env_runner.metric('inside', inside)
env_runner.result({'points': points, 'inside': inside})
"""


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else None
    with Client() as client:
        run = client.map(['python3', '-c', PROGRAM, '{item}'], range(8), id=name, concurrency=4, timeout=60)
        print(f'map {run.id}')
        for index, future in run.as_completed():
            error = future.exception()
            print(f'{run.tasks[index].id}: {error or future.result().value}', flush=True)
        try:
            answers = [result.value for result in run]
        except TaskFailed as error:
            print(error.stderr_tail, file=sys.stderr)
            return 1
    points, inside = (sum(answer[key] for answer in answers) for key in ('points', 'inside'))
    print(f'pi is about {4 * inside / points:.4f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
