"""Who is who: certificates of both sides."""
import os
import pathlib
import shutil
import tempfile
import unittest

import grpc
from fake_runner import FakeRunner

from env_runner_client import TLS, Client, EnvRunnerError


@unittest.skipUnless(shutil.which('openssl'), 'openssl makes the certificates')
class Certificates(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.runner = FakeRunner()
        self.server = self.certificate('server')
        self.user = self.certificate('user')

    def certificate(self, name):
        """Signed by itself, so that it is its own authority."""
        key, certificate = self.directory / f'{name}.key', self.directory / f'{name}.pem'
        subject = ['-subj', f'/CN={name}', '-addext', 'subjectAltName=DNS:runner.example', '-days', '2']
        new_key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        command = ['openssl', 'req', '-x509', *new_key, *subject, '-keyout', key, '-out', certificate]
        # Not by fork, as subprocess may do it: gRPC, which runs in this process by now, does not live through that.
        quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
        _, status = os.waitpid(os.posix_spawnp(command[0], command, os.environ, file_actions=quiet), 0)
        self.assertEqual(status, 0, command)
        return str(certificate), str(key)

    def start(self, **options):
        certificate, key = (pathlib.Path(path).read_bytes() for path in self.server)
        self.runner.start(grpc.ssl_server_credentials([(key, certificate)], **options))
        self.addCleanup(self.runner.stop)

    def submit(self, connect_seconds=20, **tls):
        with Client(self.runner.address, tls=TLS(server_name='runner.example', **tls), token='secret', connect_seconds=connect_seconds) as client:
            client.submit(['true'])

    def test_a_server_is_known_by_its_authority(self):
        self.start()
        self.submit(ca=self.server[0])
        self.assertEqual(self.runner.tokens, ['Bearer secret'])

    def test_a_server_that_cannot_show_who_it_is_hears_nothing(self):
        self.start()
        for tls in ({'ca': self.user[0]}, {}):
            with self.subTest(tls=tls), self.assertRaises(EnvRunnerError) as raised:
                self.submit(**tls)
            self.assertIn('CERTIFICATE_VERIFY_FAILED', raised.exception.message)
        self.assertEqual(self.runner.tokens, [])

    def test_a_client_is_known_by_its_certificate(self):
        self.start(root_certificates=pathlib.Path(self.user[0]).read_bytes(), require_client_auth=True)
        self.submit(ca=self.server[0], certificate=self.user[0], key=self.user[1])
        self.assertEqual(len(self.runner.submissions), 1)
        with self.assertRaises(EnvRunnerError):
            self.submit(ca=self.server[0], connect_seconds=0.2)

    def test_a_file_that_is_not_there_is_told_before_anything_is_sent(self):
        with self.assertRaises(FileNotFoundError):
            Client(tls=TLS(ca='/nowhere.pem'))


if __name__ == '__main__':
    unittest.main()
