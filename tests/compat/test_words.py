import functools

from refinenet_mmseg.compat.words import words_of


def original(path):
    raise ValueError('no such thing', path.name)


def test_names_and_texts_of_a_function_and_of_what_it_wraps():
    wrapped = functools.wraps(original)(lambda path: None)
    for function in (original, wrapped):
        words = words_of(function).splitlines()
        assert {'ValueError', 'no such thing', 'name'} <= set(words)
