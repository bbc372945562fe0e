# The entry points. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: docs help run test histories generate lint dependencies test-openapi test-page test-clients \
	bench bench-instructions bench-functions template build deploy restore invoke e2e test-stores \
	latchkey-static dist image

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: ## Start the local server; options in ARGS, such as ARGS="--memory"; PROFILE=release is faster
	cargo run --package latchkey --profile $(or $(PROFILE),dev) -- $(ARGS)

test: ## Run every unit and integration test, and the examples in the documentation
	cargo test --workspace --lib --test '*'
	cargo test --workspace --doc

histories: ## Run the histories of several processes on a failing store for SECONDS
	LATCHKEY_HISTORIES_SECONDS=$(or $(SECONDS),300) cargo test --package latchkey --test histories

# Built with the workspace, so that no dependency is compiled a second time with fewer features.
XTASK := cargo build --workspace --bin xtask && target/debug/xtask

generate: ## Write all that is generated: the template, binaries, sample events, tables in docs
	$(XTASK) generate

lint: ## Check formatting, clippy, the documentation and what is generated, warnings as errors
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	$(XTASK) generate --check

# Unoptimised, they are built in a third of the time, and still check in seconds.
TOOL := cargo install --quiet --locked --debug --root .tools

dependencies: ## Check that dependencies are used, well licensed and from the package registry
	$(TOOL) cargo-machete@0.9.2 && .tools/bin/cargo-machete --with-metadata
	$(TOOL) cargo-deny@0.20.2 && .tools/bin/cargo-deny check licenses bans sources

# What only AWS needs, kept out of the machine's own Python. zig links for the other processor.
SAM := .tools/sam/bin/sam
STACK ?= latchkey
ARCHITECTURE ?= arm64

$(SAM):
	python3 -m venv .tools/sam
	.tools/sam/bin/pip install --quiet aws-sam-cli==1.170.0 cargo-lambda==1.9.2 ziglang==0.17.1

template: $(SAM) ## Check template.yaml, and the example's, with AWS's linter, and its quotas
	for template in template.yaml examples/protected-api/template.yaml; do \
		SAM_CLI_TELEMETRY=0 $(SAM) validate --lint --region eu-west-1 --template-file $$template || exit 1; done
	.tools/sam/bin/python scripts/quotas.py template.yaml

# Linked statically: no shared library is looked for and loaded when a function starts.
CARGO_LAMBDA := PATH="$(CURDIR)/.tools/sam/bin:$$PATH" cargo lambda build --release --disable-optimizations

build: $(SAM) ## Build every function for AWS; ARCHITECTURE=arm64 or x86_64
	$(CARGO_LAMBDA) --target $(subst arm64,aarch64,$(ARCHITECTURE))-unknown-linux-musl \
		--package latchkey-functions --bins

# The measured functions, as `make build` compiles them but for this machine, and hello alike. One
# package a command: together, their dependencies would get features that are not deployed.
MEASURED := gate-verify tyk-get-key tyk-create-key tyk-upsert-key
bench-functions: $(SAM)
	$(CARGO_LAMBDA) --target $(shell uname -m)-unknown-linux-musl \
		--package latchkey-functions $(foreach name,$(MEASURED),--bin $(name))
	$(CARGO_LAMBDA) --target $(shell uname -m)-unknown-linux-musl --package latchkey-hello
	cargo build --release --package latchkey-bench

# A local server, and what only these targets need: Python's packages, Node's, and a browser.
SERVE := cargo build --workspace --bin latchkey && tests/openapi/serve.sh
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.tools/schemathesis:
	python3 -m venv $@ && $@/bin/pip install --quiet schemathesis==4.32.5

.tools/clients:
	python3 -m venv $@ && $@/bin/pip install --quiet openapi-python-client==0.29.1

.tools/npm:
	npm install --silent --no-save --no-package-lock --prefix $@ playwright-core@1.65.1 \
		openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3 @types/node@20

test-openapi: .tools/schemathesis ## Check a local server against its OpenAPI documents with Schemathesis
	$(SERVE) tests/openapi/schemathesis.sh

test-page: .tools/npm ## Make a key from the page at /docs in headless Chromium
	@test -n "$(CHROMIUM)" || { echo "Install Chromium first: apt-get install chromium"; exit 1; }
	$(SERVE) env CHROMIUM=$(CHROMIUM) node tests/openapi/page.mjs

test-clients: .tools/clients .tools/npm ## Generate clients in Python and TypeScript, and make a key with each
	$(SERVE) tests/openapi/clients.sh

bench: bench-functions ## Measure all and write docs/performance.md, see bench/README.md; Linux only
	cargo build --release --package latchkey --bin latchkey
	target/release/bench

bench-instructions: bench-functions ## Count the functions' instructions: fails if they grew; WRITE=1 accepts
	target/release/bench instructions

deploy: build ## Deploy the built functions as the stack STACK; more options in ARGS
	$(SAM) deploy --template-file template.yaml --stack-name $(STACK) \
		--parameter-overrides Architecture=$(ARCHITECTURE) $(ARGS)

restore: $(SAM) ## Restore the tables of STACK to TIME (or latest) under new names, ready to be deployed
	.tools/sam/bin/python scripts/restore.py --stack $(STACK) $(TIME) $(TABLES)

# For this machine, and with the workspace, as `make test` has built most of it.
BINARIES = target/$(if $(filter-out dev,$(PROFILE)),$(PROFILE),debug)
BUILD_BINARIES = cargo build --workspace --bins --profile $(or $(PROFILE),dev)

invoke: ## Send every function its sample event; one alone with FUNCTION=tyk-get-key and EVENT=FILE
	$(BUILD_BINARIES)
	python3 -B tests/cloud/invoke.py $(BINARIES) $(FUNCTION) $(EVENT)

# The stamp, because the environment's python is a link to the machine's.
E2E := .tools/e2e/installed

$(E2E): tests/cloud/requirements.txt
	python3 -m venv .tools/e2e
	.tools/e2e/bin/pip install --quiet --requirement $<
	touch $@

PYTEST = BUILT_BINARIES=$(BINARIES) .tools/e2e/bin/python -B -m pytest -c tests/cloud/pytest.ini $(ARGS)

e2e: $(SAM) $(E2E) ## Deploy onto an emulator of AWS, and run all cases through its gateway; ARGS="-k NAME"
	$(BUILD_BINARIES)
	$(PYTEST) tests/cloud/e2e

test-stores: $(E2E) ## Run all cases, and a race of two servers, on another engine than the embedded one
	$(BUILD_BINARIES)
	$(PYTEST) tests/cloud/stores

# The server for any Linux: a static binary needs nothing of the system.
latchkey-static: $(SAM)
	$(CARGO_LAMBDA) --target $(subst arm64,aarch64,$(ARCHITECTURE))-unknown-linux-musl --package latchkey --bin latchkey

dist: build latchkey-static ## Pack a release for ARCHITECTURE into dist/, with checksums and a bill of materials
	$(TOOL) cargo-cyclonedx@0.5.9
	.ci/dist $(ARCHITECTURE)

# The image is made of what is built here, so Docker needs no network. BUILDER=buildah needs no daemon.
image: ARCHITECTURE := $(subst aarch64,arm64,$(shell uname -m))
image: IMAGE := target/image/linux-$(subst x86_64,amd64,$(ARCHITECTURE))
image: latchkey-static ## Build the server's container image for this machine: latchkey:latest
	mkdir -p $(IMAGE) target/image/data
	cp target/lambda/latchkey/bootstrap $(IMAGE)/latchkey
	$(or $(BUILDER),docker) build --build-arg TARGETARCH=$(subst x86_64,amd64,$(ARCHITECTURE)) --tag latchkey .

MDBOOK := .tools/bin/mdbook

$(MDBOOK):
	cargo install --quiet --locked --root .tools --version 0.5.4 mdbook --no-default-features

# The pages keep their places, so that links out of docs/ work in the book, too.
BOOK := target/book-source

docs: $(MDBOOK) ## Build the documentation as a book in target/book
	rm -rf $(BOOK) && mkdir -p $(BOOK)
	cp -R *.md LICENSE template.yaml samconfig.toml docs examples $(BOOK)
	mkdir $(BOOK)/bench && cp bench/README.md $(BOOK)/bench
	sed -e 's|](\.\./|](|' -e t -e 's|](|](docs/|' docs/SUMMARY.md > $(BOOK)/SUMMARY.md
	rm $(BOOK)/docs/SUMMARY.md
	$(MDBOOK) build
