// SPDX-License-Identifier: Apache-2.0
// Each test is a process of its own, so that its runtime folder is nobody else's.
#include "runtime/node/query_server.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/io/temp_folder.hpp"

namespace aisle::node {
namespace {

std::unique_ptr<query_server> started() {
  auto server = query_server::start("gates", [](const question& asked) -> answered {
    return std::vector<std::string>{asked.stage};
  });
  REQUIRE(server.has_value());
  return std::move(*server);
}

TEST_CASE("a node that is just starting is not taken for one that has died") {
  const io::temp_folder folder;
  REQUIRE(::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1) == 0);
  const std::jthread looks_for_nodes{[](const std::stop_token& stop) {
    while (!stop.stop_requested())
      static_cast<void>(sockets_of_nodes());
  }};
  question asked;
  asked.stage = "gate";
  for (int n = 0; n < 300; ++n) {
    const auto server = started();
    REQUIRE(std::filesystem::exists(server->path()));
    const auto said = ask_node(server->path(), asked);
    REQUIRE_MESSAGE(said.has_value(), said.error());
    CHECK(*said == std::vector<std::string>{"gate"});
  }
}

/// Listens as a node does, and takes nobody, as one that was stopped.
class still_node {
 public:
  explicit still_node(const std::filesystem::path& socket) {
    address_.sun_family = AF_UNIX;
    socket.string().copy(address_.sun_path, sizeof address_.sun_path - 1);
    listener_ = open();
    REQUIRE(::bind(listener_, to(), sizeof address_) == 0);
    REQUIRE(::listen(listener_, 2) == 0);
    while (::connect(waiting_.emplace_back(open()), to(), sizeof address_) == 0) {
    }
    REQUIRE(errno == EAGAIN);
  }
  still_node(const still_node&) = delete;
  still_node& operator=(const still_node&) = delete;
  ~still_node() {
    ::close(listener_);
    for (const int one : waiting_)
      ::close(one);
  }

 private:
  static int open() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }
  [[nodiscard]] const sockaddr* to() const { return reinterpret_cast<const sockaddr*>(&address_); }

  sockaddr_un address_{};
  int listener_ = -1;
  std::vector<int> waiting_;
};

TEST_CASE("a node that stands still keeps no other from starting, and is not taken for dead") {
  const io::temp_folder folder;
  REQUIRE(::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1) == 0);
  const auto left = folder.write("aisle/gates-2.new", "");
  std::filesystem::permissions(socket_folder(), std::filesystem::perms::owner_all);
  std::filesystem::last_write_time(
      left, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  const auto path = socket_folder() / "gates-1.sock";
  const still_node still{path};

  const auto server = started();
  CHECK(sockets_of_nodes() == std::vector{path, server->path()});
  CHECK_FALSE(std::filesystem::exists(left));
  const auto said = ask_node(path, {});
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().ends_with("gates-1.sock: the node stands still; others wait for it already"));
}

}  // namespace
}  // namespace aisle::node
