"""Property tests are never judged by their speed: two runs may share this machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("fernamt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fernamt")
