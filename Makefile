# The verbs of the course. `make` alone lists them.
.DEFAULT_GOAL := help
# As a shell has them for another project, `make down` would end that one.
unexport COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PROJECT_NAME
# What chooses is taken from the command line only: in WSL every shell has a NAME, the host's.
$(foreach word,NAME ROOM BUILD,$(if $(filter environment,$(origin $(word))),$(eval override $(word) :=)))
compose = docker compose$(if $(ROOM), --project-name production-practice-$(ROOM))
.PHONY: help lab check quick test proofs mutants endure tomorrow exercise notebook grid up down classroom hubtest site site-serve handout lint refresh environment lock clean

# What they change of a Python, a reader's shell may want; the course is made without.
unexport PYTHONASYNCIODEBUG PYTHONDEVMODE PYTHONHOME PYTHONIOENCODING PYTHONOPTIMIZE PYTHONPATH \
	PYTHONSAFEPATH PYTHONSTARTUP PYTHONUTF8 PYTHONWARNINGS

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

lab: environment ## open the course in JupyterLab (PORT=8890 for a port of your choice, EDIT=1 to write)
	@.venv/bin/python tools/lab.py

check: environment ## judge your answers to the exercises (NAME=drain for one of them)
	@.venv/bin/course check $(NAME)

quick: environment ## lint, types, and the tests of what you are working on: under a minute
	@.venv/bin/python -m tools.quick

test: environment ## prove the course (NAME=drain for one exercise, NOTEBOOK=5.1 for one notebook)
	@.venv/bin/python -m tools.prove \
		$(if $(NAME),--exercise $(NAME)) $(if $(NOTEBOOK),--notebook $(NOTEBOOK)) $(PARTS)

proofs: environment ## prove anew what is kept in tests/proven.txt (NAME=drain REPEAT=20: a table, cores busy)
	@.venv/bin/python -m $(if $(NAME)$(REPEAT),tools.proofs $(NAME) $(if $(REPEAT),--busy \
		--repeat $(REPEAT)),tools.prove --anew proofs tests)

mutants: environment ## judge every single change of the solutions (NAME=drain for those of one)
	@.venv/bin/python -m tools.mutants $(NAME)

endure: environment ## judge an exercise's right answers again and again, cores busy (NAME=drain MINUTES=2)
	@.venv/bin/python -m tools.endure $(NAME) $(if $(MINUTES),--minutes $(MINUTES))

tomorrow: environment ## try the course without its lock, on what is newest, and list its red claims
	@.venv/bin/python -m tools.tomorrow

exercise: environment ## begin an exercise (NAME=05_failure_handling/hedge)
	@.venv/bin/python -m tools.scaffold exercise $(NAME)

notebook: environment ## begin a notebook (NAME=05_failure_handling/5.4_hedging)
	@.venv/bin/python -m tools.scaffold notebook $(NAME)

grid: environment ## deploy every version by every strategy of chapter 4, into grid.png (two minutes)
	cd chapters/04_delivery/4.2_strategies && \
		../../../.venv/bin/python tries_strategies.py ../../../grid.png

up: ## open the classroom in containers (PORT=8890 for a port, ROOM=two for a second, BUILD=no)
	@tools/engine
	@tools/classroom
	$(compose) up $(if $(filter no,$(BUILD)),--no-build,--build) --detach --wait
	@$(compose) logs --no-log-prefix course | grep -o 'http://127.0.0.1.*token=.*' | tail -n 1

down: ## end the classroom (ROOM=two: that one); the answers in its volume stay
	@tools/engine
	$(compose) --profile '*' down

classroom: environment ## prove the classroom on a real Docker engine; skipped, with the reason, without one
	@.venv/bin/python -m tools.prove classroom

hubtest: environment ## prove the hub: two people at once, in an environment of its own (needs npm)
	@.venv/bin/python -m tools.prove hub

site: environment ## make the site to read in .site/html: all pages, nothing executed
	@site/environment
	@.venv/bin/python -m tools.site build

site-serve: site ## show the site on this machine (PORT=8890 for a port of your choice)
	@.venv/bin/python -m http.server $(or $(PORT),8000) --bind 127.0.0.1 --directory .site/html

handout: site ## make one notebook a single file (NOTEBOOK=5.1)
	@.venv/bin/python -m tools.site handout $(NOTEBOOK)

lint: environment ## check style, types and the workflow
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m tools.check_types
	.venv/bin/zizmor --offline --pedantic --quiet .github

refresh: environment ## run notebooks again and store their outputs (NOTEBOOKS="chapters/...", all without)
	.venv/bin/python -m tools.notebooks refresh $(NOTEBOOKS)
	.venv/bin/python -m tools.ways
	.venv/bin/python -m tools.readme_picture
	.venv/bin/python -m tools.instructors_timetable

environment: ## make .venv; the verbs above do it themselves (PYTHON=python3.12 for a Python of your choice)
	@tools/environment

lock: ## make each requirements.txt from its requirements.in, with uv (UPGRADE=--upgrade for newer versions)
	for file in requirements.txt hub/requirements.txt site/requirements.txt; do \
		head -n 1 $$file > .lock; \
		[ $$file = requirements.txt ] && beside= || beside='--constraint requirements.txt'; \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-annotate $(UPGRADE) $$beside --output-file $$file $${file%txt}in || exit; \
		cat $$file >> .lock && mv .lock $$file; \
	done

clean: ## remove .venv, JupyterLab's settings and all caches; never your answers in work/
	@# A .venv with this log is ours. What is in .edit was not saved yet: it stays.
	[ ! -e .venv/install.log ] || rm -rf .venv
	rm -rf .hub .site hub/node_modules .jupyter .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -path ./work -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune \
		-exec rm -rf {} +
