from refinenet_mmseg.checkpoints.reading import file_sha256


def test_sha256(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'abc')
    assert file_sha256(path).startswith('ba7816bf8f01cfea414140de5dae2223')
