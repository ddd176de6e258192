"""Sites: which resources this process can reach."""

from holdfast.config import Config


def serves(config: Config, site: str | None) -> bool:
    """Whether this process can look at what is of this site; everybody can at what is of none."""
    return site is None or site in config.sites
