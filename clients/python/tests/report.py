"""Runs the tests of a directory and prints a line of JSON for each as it ends: `id`, and `problem` or `skipped` where there is one.

    python report.py DIRECTORY
"""
import json
import sys
import unittest


class Report(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self._known = len(self._problems())

    def stopTest(self, test):
        super().stopTest(test)
        said = {'id': test.id()}
        problems = self._problems()[self._known :]
        if problems:
            said['problem'] = '\n'.join(text for _, text in problems)
        if self.skipped and self.skipped[-1][0] is test:
            said['skipped'] = self.skipped[-1][1]
        print(json.dumps(said), flush=True)

    def _problems(self):
        return [*self.errors, *self.failures, *((test, 'it succeeds, and is marked as failing') for test in self.unexpectedSuccesses)]


if __name__ == '__main__':
    report = Report()
    unittest.defaultTestLoader.discover(sys.argv[1]).run(report)
    for test, problem in report.errors + report.failures:
        print(f'{test}\n{problem}', file=sys.stderr)
    sys.exit(not report.wasSuccessful())
