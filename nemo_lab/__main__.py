"""``python -m nemo_lab`` is ``nemo``."""

from nemo_lab.cli.main import main

if __name__ == "__main__":
    main()
