// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/node/question.hpp"

namespace aisle::node {

/// Lines of JSON, or why there are none.
using answered = std::expected<std::vector<std::string>, std::string>;

/// Where the sockets of this user's nodes lie: $XDG_RUNTIME_DIR/aisle, or aisle-UID in the folder
/// for temporary files.
[[nodiscard]] std::filesystem::path socket_folder();

/// The sockets of nodes that run, as `topology-pid.sock`; those of nodes that ended without a word
/// are removed.
[[nodiscard]] std::vector<std::filesystem::path> sockets_of_nodes();

/// Puts a question to the node behind a socket.
[[nodiscard]] answered ask_node(const std::filesystem::path& socket, const question& asked);

/// Takes questions over a Unix domain socket that only this user may open, one after the other, on
/// a thread of its own.
class query_server {
 public:
  using answerer = std::function<answered(const question&)>;

  [[nodiscard]] static std::expected<std::unique_ptr<query_server>, std::string> start(
      const std::string& topology, answerer answer);
  query_server(const query_server&) = delete;
  query_server& operator=(const query_server&) = delete;
  /// Ends the question that is being answered first; removes the socket.
  ~query_server();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  query_server(int listener, std::filesystem::path path, answerer answer);
  void serve(const std::stop_token& stop);

  int listener_;
  std::filesystem::path path_;
  answerer answer_;
  std::jthread thread_;
};

}  // namespace aisle::node
