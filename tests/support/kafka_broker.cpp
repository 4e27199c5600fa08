// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kafka_broker.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aisle::test_support {
namespace {

constexpr int cannot_be_had = 3;  // an exit code of tools/kafka/kafka.py

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct answer {
  int code = -1;
  std::string said;
};

std::string quoted(const std::string& word) {
  std::string made = "'";
  for (const char c : word)
    made += c == '\'' ? "'\\''" : std::string{c};
  return made + "'";
}

/// Calls tools/kafka with the words.
answer tool(const std::vector<std::string>& words) {
  auto line = "exec python3 -B " + quoted(AISLE_SOURCE_DIR "/tools/kafka/kafka.py");
  for (const auto& word : words)
    line += " " + quoted(word);
  std::FILE* pipe = ::popen((line + " 2>&1 </dev/null").c_str(), "re");
  answer made;
  if (pipe == nullptr) return made;
  std::array<char, 4096> some{};
  while (const auto got = std::fread(some.data(), 1, some.size(), pipe))
    made.said.append(some.data(), got);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) made.code = WEXITSTATUS(status);
  return made;
}

void must(const std::vector<std::string>& words) {
  const auto made = tool(words);
  REQUIRE_MESSAGE(made.code == 0, made.said);
}

/// Said by a test that cannot run here. Where a broker was promised it is a failure.
void say_skipped(const std::string& why) {
  if (!variable("AISLE_TEST_KAFKA").empty()) FAIL("there is a broker to share, but: " << why);
  MESSAGE("SKIPPED: no Kafka: " << why);
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  REQUIRE_MESSAGE(file, "cannot read " << path);
  return {std::istreambuf_iterator{file}, {}};
}

std::filesystem::path new_folder() {
  auto name = (std::filesystem::temp_directory_path() / "aisle-kafka-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

std::vector<std::string> to_start(const std::filesystem::path& folder, const kafka_options& how) {
  std::vector<std::string> words{"start",
                                 "--folder",
                                 folder.string(),
                                 "--owner",
                                 fmt::to_string(::getpid()),
                                 "--port",
                                 "0",
                                 "--nodes",
                                 fmt::to_string(how.nodes)};
  const auto add = [&](const std::string& option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  const auto version = how.version.empty() ? variable("AISLE_TEST_KAFKA_VERSION") : how.version;
  if (!version.empty()) add("--version", version);
  if (how.secure) words.emplace_back("--secure");
  for (const auto& setting : how.settings)
    add("--set", setting);
  return words;
}

std::vector<std::string> of_node(const std::string& command, const std::filesystem::path& folder,
                                 int node) {
  return {command, "--folder", folder.string(), "--node", fmt::to_string(node)};
}

}  // namespace

std::optional<kafka_cluster> own_kafka(const kafka_options& how) {
  if (const auto why = variable("AISLE_NO_KAFKA"); !why.empty()) {
    say_skipped(why);
    return std::nullopt;
  }
  kafka_cluster made{new_folder()};
  const auto started = tool(to_start(made.folder_, how));
  if (started.code == cannot_be_had) {
    say_skipped(started.said);
    return std::nullopt;
  }
  REQUIRE_MESSAGE(started.code == 0, started.said);
  return made;
}

std::optional<std::string> shared_kafka() {
  if (auto given = variable("AISLE_TEST_KAFKA"); !given.empty()) return given;
  static const auto own = own_kafka();
  if (own) return own->servers();
  static bool said = true;  // by own_kafka, in the first test
  if (!std::exchange(said, false)) MESSAGE("SKIPPED: no Kafka, as said before");
  return std::nullopt;
}

std::string unique_name(const std::string& about) {
  static const auto began = std::chrono::system_clock::now().time_since_epoch().count();
  static std::atomic<int> count = 0;
  return fmt::format("{}-{:x}{:x}-{}", about, ::getpid(), began & 0xfffff, ++count);
}

// ---- kafka_cluster ----------------------------------------------------------------------------

kafka_cluster::kafka_cluster(kafka_cluster&& other) noexcept
    : folder_{std::exchange(other.folder_, {})} {}

kafka_cluster::~kafka_cluster() {
  if (folder_.empty()) return;
  tool({"stop", "--kill", "--remove", "--folder", folder_.string()});
  std::error_code gone_already;
  std::filesystem::remove_all(folder_, gone_already);
}

std::string kafka_cluster::fact(const std::string& name) const {
  std::ifstream file{folder_ / "addresses"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
  }
  FAIL("no " << name << " in " << folder_ / "addresses");
  return {};
}

std::string kafka_cluster::servers() const { return fact("servers"); }

std::string kafka_cluster::server(int node) const { return fact(fmt::format("server.{}", node)); }

kafka_cluster::security kafka_cluster::secure() const {
  const auto own = folder_ / "security";
  return {.servers = fact("secure_servers"),
          .user = fact("user"),
          .password = content_of(own / "password"),
          .password_file = own / "password",
          .ca = own / "ca.pem",
          .wrong_ca = own / "wrong-ca.pem"};
}

kafka_settings kafka_cluster::login(const std::string& mechanism) const {
  const auto who = secure();
  return {{"bootstrap.servers", who.servers},   {"security.protocol", "SASL_SSL"},
          {"ssl.ca.location", who.ca.string()}, {"sasl.mechanism", mechanism},
          {"sasl.username", who.user},          {"sasl.password", who.password}};
}

std::filesystem::path kafka_cluster::log_file(int node) const {
  return folder_ / fmt::format("node-{}", node) / "log.txt";
}

void kafka_cluster::start(int node) { must(of_node("start", folder_, node)); }

void kafka_cluster::start_all() { must({"start", "--folder", folder_.string()}); }

void kafka_cluster::stop(int node) { must(of_node("stop", folder_, node)); }

void kafka_cluster::kill(int node) {
  const auto pid = process(node);
  REQUIRE(::kill(pid, SIGKILL) == 0);
  auto words = of_node("stop", folder_, node);  // waits until it is gone
  words.emplace_back("--kill");
  must(words);
}

void kafka_cluster::pause(int node) { REQUIRE(::kill(process(node), SIGSTOP) == 0); }

void kafka_cluster::resume(int node) { REQUIRE(::kill(process(node), SIGCONT) == 0); }

int kafka_cluster::process(int node) const {
  const auto kept = content_of(folder_ / fmt::format("node-{}", node) / "pid");
  const int pid = std::stoi(kept);
  // A signal to another number would go to many processes.
  REQUIRE(pid > 1);
  return pid;
}

}  // namespace aisle::test_support
