# make demo   make the environment and run the demo study
# make test   run the tests
# make test-fast   run those that need no whole run of the workflow
# make lint   run the linters
# make slurm  put what a SLURM cluster needs into the environment (profiles/README.md)
# Afterwards the interface is snakemake itself:
#   .venv/bin/snakemake --cores 2 --configfile my_study.yaml --directory my_results

PYTHON = python3

.PHONY: demo test test-fast lint slurm

demo: .venv/installed
	.venv/bin/snakemake --cores 2

test: .venv/installed-dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	.venv/bin/python -m pytest -q --numprocesses 2 --dist loadfile

test-fast: .venv/installed-dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	.venv/bin/python -m pytest -q --numprocesses 2 -m "not slow"

lint: .venv/installed-dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/snakefmt --check Snakefile rules
	.venv/bin/snakemake --lint

slurm: .venv/installed-slurm

.venv/installed: envs/requirements.txt
	$(PYTHON) envs/check_python.py
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement envs/requirements.txt
	touch $@

.venv/installed-dev: envs/requirements-dev.txt .venv/installed
	.venv/bin/python -m pip install --quiet --requirement envs/requirements-dev.txt
	touch $@

.venv/installed-slurm: envs/requirements-slurm.txt .venv/installed
	.venv/bin/python -m pip install --quiet --requirement envs/requirements-slurm.txt
	touch $@
