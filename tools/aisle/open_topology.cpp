// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/open_topology.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "actors/catalog.hpp"
#include "tools/aisle/home.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

base::diagnostic about(std::string path, std::string code, std::string message,
                       std::string expected = {}, std::string suggestion = {}) {
  base::diagnostic d;
  d.path = std::move(path);
  d.code = std::move(code);
  d.message = std::move(message);
  d.expected = std::move(expected);
  d.suggestion = std::move(suggestion);
  return d;
}

/// A file that exists, or a name that ships.
std::expected<fs::path, base::diagnostic> find_file(const std::string& asked) {
  std::error_code ignored;
  if (fs::is_regular_file(asked, ignored)) {
    return asked;
  }
  if (auto shipped = shipped_topology(asked)) {
    return *shipped;
  }
  const auto names = shipped_topologies();
  if (names.empty()) {
    return std::unexpected{
        about(asked, "no-topology",
              "there is no such file, and nothing that ships is found beside the program",
              "a file, or AISLE_HOME set to the folder with topologies/ and config/")};
  }
  return std::unexpected{about(
      asked, "no-topology", "there is no such file, and no topology of that name ships",
      fmt::format("a file, or one of: {}", fmt::join(names, ", ")), base::nearest(asked, names))};
}

void read_settings(const std::vector<std::string>& given, topology::settings& into,
                   base::diagnostics& problems) {
  for (const auto& text : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.push_back(
          about("--set " + text, "bad-argument", "this sets nothing", "--set NAME=VALUE"));
    } else {
      into.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
}

void read_log(const std::string& given, topology::options& into, base::diagnostics& problems) {
  if (given.empty()) {
    return;
  }
  if (auto log = topology::parse_log(given, into.working_dir)) {
    into.log = std::move(*log);
  } else {
    problems.push_back(about("--log " + given, "bad-argument", log.error()));
  }
}

}  // namespace

std::string for_shell(const std::string& word) {
  const bool plain = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-./:=,+@%"}.find(c) != std::string_view::npos;
  });
  if (plain && !word.empty()) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

std::expected<opened_topology, open_failure> open_topology(const topology_options& options,
                                                           topology::inputs inputs) {
  topology::options with;
  with.inputs = inputs;
  with.contract_dirs = contract_folders();
  base::diagnostics problems;
  const auto file = find_file(options.topology);
  if (!file) {
    problems.push_back(file.error());
  }
  read_settings(options.set, with.set, problems);
  read_log(options.log, with, problems);
  if (!problems.empty()) {
    return std::unexpected{open_failure{std::move(problems), false}};
  }
  auto text = topology::read_text(*file);
  if (!text) {
    return std::unexpected{open_failure{std::move(text.error()), false}};
  }
  auto plan = topology::load_text(std::move(*text), *file, with, shop::make_catalog());
  if (!plan) {
    return std::unexpected{open_failure{std::move(plan.error()), true}};
  }
  return opened_topology{*file, std::move(*plan)};
}

void report(const base::diagnostics& problems, report_form form) {
  if (form == report_form::json) {
    fmt::print("{}", base::to_json(problems));
    return;
  }
  const auto colours = stderr_has_colours() ? base::colours::on : base::colours::off;
  for (const auto& problem : problems) {
    fmt::print(stderr, "{}\n", base::to_text(problem, colours));
  }
}

bool stderr_has_colours() {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool dumb = terminal != nullptr && std::string_view{terminal} == "dumb";
  return ::isatty(STDERR_FILENO) == 1 && !refused && !dumb;
}

std::string arguments_again(const topology_options& options) {
  std::string text = for_shell(options.topology);
  if (!options.log.empty()) {
    text += " --log " + for_shell(options.log);
  }
  for (const auto& set : options.set) {
    text += " --set " + for_shell(set);
  }
  return text;
}

}  // namespace aisle::tool
