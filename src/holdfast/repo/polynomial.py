"""The chunker polynomial of a repository's config: irreducible over GF(2), of degree 53.

This house does not cut with it, but restic refuses a repository that has none, and cuts with it when it
backs up into ours. Polynomials are integers, a bit for each coefficient.
"""

import secrets

DEGREE = 53


def random() -> int:
    """A random irreducible polynomial."""
    while True:
        candidate = secrets.randbits(DEGREE) | (1 << DEGREE) | 1
        if is_irreducible(candidate):
            return candidate


def is_irreducible(polynomial: int) -> bool:
    """Rabin's test; the degree is a prime, so that one divisor needs to be tried."""
    first = _power_less_x(1, polynomial)
    return _common_divisor(polynomial, first) == 1 and _power_less_x(DEGREE, polynomial) == 0


def _power_less_x(exponent: int, modulus: int) -> int:
    """x^(2^exponent) - x, modulo `modulus`."""
    result = 2
    for _ in range(exponent):
        result = _multiply(result, result, modulus)
    return _remainder(result ^ 2, modulus)


def _remainder(dividend: int, divisor: int) -> int:
    length = divisor.bit_length()
    while dividend.bit_length() >= length:
        dividend ^= divisor << (dividend.bit_length() - length)
    return dividend


def _multiply(left: int, right: int, modulus: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        right >>= 1
        left = _remainder(left << 1, modulus)
    return _remainder(product, modulus)


def _common_divisor(left: int, right: int) -> int:
    while right:
        left, right = right, _remainder(left, right)
    return left
