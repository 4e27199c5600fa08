// SPDX-License-Identifier: Apache-2.0
#include "tools/world/cli.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tools/world/write_files.hpp"

namespace aisle::world {
namespace {

constexpr int exit_done = 0;
constexpr int exit_bad_arguments = 2;
constexpr int exit_fault = 3;

constexpr std::string_view usage =
    R"(aisle world makes the event files of a retail chain: the same arguments, the same bytes.

usage: aisle world --out DIR [options]

  --out DIR          the folder to write to; made if it is not there
  --log LOG          write the events into topics of a log, embedded:DIR or kafka:HOST:PORT, and
                     all else into the folder
  --config FILE      a node's file, of which `kafka:` says how to speak to the cluster (login, TLS)
  --partitions N     of each topic of the log (1); a record's key is what its contract says
  --seed N           which world, a whole number (1)
  --stores N         how many stores (50)
  --skus N           how many products (2000)
  --days N           how many days (7)
  --start DATE       the first day, YYYY-MM-DD (2026-01-05)
  --anomalies R      planted anomalies per basket (0.001)
  --duplicates R     share of records that come twice (0.0005)
  --stragglers R     share of records that come later than the sources allow (0.0002)
  --bad-records R    share of records of which a damaged copy comes as well (0.0001)
  --bursts R         share of hours whose records come all at once, at their end (0)
  --clock-skew S     seconds that a store's clock may be wrong (0)
  --partition-skew F how many times as many customers the first store has (1)
  --speed X          write as it happens, X times as fast as life, into files or topics to be
                     followed: 3600 is an hour a second (0: as fast as can be)
  --json             print what was made as JSON on stdout
  --help             this text

It writes transactions, inventory-changes, customer-events and competitor-prices (.ndjson),
stores.csv and products.csv, and under truth/ what nobody in the chain knows.
)";

/// What the arguments say.
struct request {
  world_options options;
  bool json = false;
  bool help = false;
  std::vector<std::string> wrong;
};

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end ? std::optional{value} : std::nullopt;
}

template <class Number>
std::string read_number(std::string_view text, Number& into, std::string_view what) {
  const auto value = number_from<Number>(text);
  if (!value) {
    return fmt::format("'{}' is not {}", text, what);
  }
  into = *value;
  return {};
}

std::string read_whole(std::string_view text, int& into) {
  return read_number(text, into, "a whole number that fits");
}

std::string read_share(std::string_view text, double& into) {
  return read_number(text, into, "a share, as 0.001 is");
}

std::string read_date(std::string_view text, std::chrono::year_month_day& into) {
  const auto year = number_from<int>(text.substr(0, std::min<std::size_t>(text.size(), 4)));
  const auto month = text.size() == 10 ? number_from<unsigned>(text.substr(5, 2)) : std::nullopt;
  const auto day = text.size() == 10 ? number_from<unsigned>(text.substr(8, 2)) : std::nullopt;
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') {
    return fmt::format("'{}' is not a date like 2026-01-05", text);
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) {
    return fmt::format("'{}' is not a day of the calendar", text);
  }
  into = date;
  return {};
}

/// An option with a value: reads it, or says what is wrong with it.
struct option {
  std::string_view name;
  std::function<std::string(std::string_view, world_options&)> read;
};

std::string read_seconds(std::string_view text, milliseconds& into) {
  double seconds = 0.0;
  auto trouble = read_number(text, seconds, "seconds");
  if (trouble.empty() && !(seconds >= 0.0 && seconds <= 1e6)) {
    trouble = fmt::format("'{}' is no number of seconds from 0 to a million", text);
  }
  if (trouble.empty()) {
    into = milliseconds{std::llround(1000.0 * seconds)};
  }
  return trouble;
}

std::string read_factor(std::string_view text, double& into) {
  return read_number(text, into, "a number");
}

const std::array<option, 17>& all_options() {
  using text = std::string_view;
  using opts = world_options;
  static const std::array<option, 17> all{{
      {"--out", [](text t, opts& o) { return o.out = t, std::string{}; }},
      {"--log", [](text t, opts& o) { return o.log = t, std::string{}; }},
      {"--config", [](text t, opts& o) { return o.config = t, std::string{}; }},
      {"--partitions", [](text t, opts& o) { return read_whole(t, o.partitions); }},
      {"--seed", [](text t, opts& o) { return read_number(t, o.seed, "a seed, 0 to 2^64 - 1"); }},
      {"--stores", [](text t, opts& o) { return read_whole(t, o.stores); }},
      {"--skus", [](text t, opts& o) { return read_whole(t, o.skus); }},
      {"--days", [](text t, opts& o) { return read_whole(t, o.days); }},
      {"--start", [](text t, opts& o) { return read_date(t, o.start); }},
      {"--anomalies", [](text t, opts& o) { return read_share(t, o.anomalies); }},
      {"--duplicates", [](text t, opts& o) { return read_share(t, o.faults.duplicates); }},
      {"--stragglers", [](text t, opts& o) { return read_share(t, o.faults.stragglers); }},
      {"--bad-records", [](text t, opts& o) { return read_share(t, o.faults.bad_records); }},
      {"--bursts", [](text t, opts& o) { return read_share(t, o.bad_days.bursts); }},
      {"--clock-skew", [](text t, opts& o) { return read_seconds(t, o.bad_days.clock_skew); }},
      {"--partition-skew",
       [](text t, opts& o) { return read_factor(t, o.bad_days.partition_skew); }},
      {"--speed", [](text t, opts& o) { return read_factor(t, o.speed); }},
  }};
  return all;
}

/// How many letters must be put in, taken out or changed to make one word the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto changed = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string unknown(std::string_view name) {
  if (!name.starts_with("-")) {
    return fmt::format("'{}' belongs to no option; every option begins with --", name);
  }
  std::vector<std::string_view> known{"--json", "--help"};
  for (const auto& each : all_options()) {
    known.push_back(each.name);
  }
  const auto nearest =
      *std::ranges::min_element(known, {}, [&](std::string_view k) { return distance(name, k); });
  if (distance(name, nearest) <= 3) {
    return fmt::format("there is no option {}; did you mean {}?", name, nearest);
  }
  return fmt::format("there is no option {}; aisle world --help lists them", name);
}

request read(std::span<const char* const> args) {
  request asked;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg{args[i]};
    const auto equals = arg.starts_with("--") ? arg.find('=') : std::string_view::npos;
    const auto name = arg.substr(0, equals);
    const auto known = std::ranges::find(all_options(), name, &option::name);
    if (arg == "--json") {
      asked.json = true;
    } else if (arg == "--help" || arg == "-h") {
      asked.help = true;
    } else if (known == all_options().end()) {
      asked.wrong.push_back(unknown(name));
    } else if (equals == std::string_view::npos && i + 1 == args.size()) {
      asked.wrong.push_back(fmt::format("{} needs a value after it", name));
    } else {
      const auto value = equals == std::string_view::npos ? args[++i] : arg.substr(equals + 1);
      if (const auto trouble = known->read(value, asked.options); !trouble.empty()) {
        asked.wrong.push_back(fmt::format("{}: {}", name, trouble));
      }
    }
  }
  return asked;
}

void tell(std::FILE* err, std::string_view what) { fmt::print(err, "aisle world: {}\n", what); }

/// Sleeps until the time of a moment has come, counted from the first one asked for; none when
/// nobody asked for a speed.
pacer pacer_of(const world_options& options) {
  if (options.speed == 0.0) {
    return {};
  }
  using clock = std::chrono::steady_clock;
  return [speed = options.speed, begin = std::optional<instant>{},
          began = clock::now()](instant at) mutable {
    begin = begin.value_or(at);
    const std::chrono::duration<double, std::milli> after{
        static_cast<double>((at - *begin).count()) / speed};
    std::this_thread::sleep_until(began + std::chrono::duration_cast<clock::duration>(after));
  };
}

int refuse(std::FILE* err, const std::vector<std::string>& wrong) {
  std::ranges::for_each(wrong, [&](std::string_view each) { tell(err, each); });
  fmt::print(err, "Nothing was written. `aisle world --help` explains the options.\n");
  return exit_bad_arguments;
}

}  // namespace

int run_cli(std::span<const char* const> args, std::FILE* out, std::FILE* err,
            const log_opener& open_log) {
  auto asked = read(args);
  if (asked.help) {
    fmt::print(out, "{}", usage);
    return exit_done;
  }
  for (auto& each : asked.options.validate()) {
    asked.wrong.push_back(std::move(each.message));
  }
  if (!asked.wrong.empty()) {
    return refuse(err, asked.wrong);
  }
  topic_opener open;
  if (!asked.options.log.empty()) {
    auto opened = open_log(asked.options);
    if (!opened) {
      return refuse(err, {opened.error().message});
    }
    open = *std::move(opened);
  }
  const auto made = write_files(asked.options, pacer_of(asked.options), open);
  if (!made) {
    tell(err, made.error().message);
    return made.error().code == errc::write_failed ? exit_fault : exit_bad_arguments;
  }
  const auto folder = asked.options.out.string();
  const auto log = asked.options.log.empty() ? "files:" + folder : asked.options.log;
  const auto config = asked.options.config.empty() ? "" : " --config " + asked.options.config;
  fmt::print(err, "{}Next: aisle run retail --log {}{} --set dir={} --out OUT --bounded\n",
             to_text(*made), log, config, folder);
  if (asked.json) {
    fmt::print(out, "{}", to_json(*made));
  }
  return exit_done;
}

}  // namespace aisle::world
