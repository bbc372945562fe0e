# The entry points. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test lint

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## Start the local server; options in ARGS, such as ARGS="--memory"
	cargo run --package latchkey -- $(ARGS)

test: ## Run every unit and integration test
	cargo test --workspace --lib --test '*'

lint: ## Check formatting, clippy and the documentation, warnings as errors
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
