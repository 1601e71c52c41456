// The Records service on grpc C++: `server callback|async PORT [CERTIFICATE KEY]`.

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "bench/v1/records.grpc.pb.h"
#include "records.h"

using bench::v1::GetRequest;
using bench::v1::Record;
using bench::v1::Records;
using bench::v1::StreamRequest;
using grpc::Status;

namespace {

class Table {
 public:
  Status Find(const std::string& id, Record* answer) const {
    auto found = records_.find(id);
    if (found == records_.end()) return Status(grpc::StatusCode::NOT_FOUND, "there is no " + id);
    *answer = found->second;
    answer->set_id(id);
    return Status::OK;
  }

 private:
  const std::unordered_map<std::string, Record> records_ = MakeRecords();
};

class CallbackRecords final : public Records::CallbackService {
 public:
  explicit CallbackRecords(const Table& table) : table_(table) {}

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const GetRequest* request,
                                Record* answer) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(table_.Find(request->id(), answer));
    return reactor;
  }

  grpc::ServerWriteReactor<Record>* Stream(grpc::CallbackServerContext*,
                                           const StreamRequest* request) override {
    class Writer final : public grpc::ServerWriteReactor<Record> {
     public:
      Writer(const Table& table, const StreamRequest& request)
          : table_(table), id_(request.id()), left_(request.count()) {
        Next();
      }
      void OnWriteDone(bool ok) override { ok ? Next() : Finish(Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      void Next() {
        if (left_-- <= 0) return Finish(Status::OK);
        Status found = table_.Find(id_, &answer_);
        found.ok() ? StartWrite(&answer_) : Finish(found);
      }
      const Table& table_;
      const std::string id_;
      int left_;
      Record answer_;
    };
    return new Writer(table_, *request);
  }

  grpc::ServerBidiReactor<GetRequest, Record>* Exchange(grpc::CallbackServerContext*) override {
    class Exchanger final : public grpc::ServerBidiReactor<GetRequest, Record> {
     public:
      explicit Exchanger(const Table& table) : table_(table) { StartRead(&request_); }
      void OnReadDone(bool ok) override {
        if (!ok) return Finish(Status::OK);
        Status found = table_.Find(request_.id(), &answer_);
        found.ok() ? StartWrite(&answer_) : Finish(found);
      }
      void OnWriteDone(bool ok) override {
        ok ? StartRead(&request_) : Finish(Status::CANCELLED);
      }
      void OnDone() override { delete this; }

     private:
      const Table& table_;
      GetRequest request_;
      Record answer_;
    };
    return new Exchanger(table_);
  }

 private:
  const Table& table_;
};

// One call of the completion-queue API: asked for, answered, finished, and asked for anew.
class AsyncGet {
 public:
  AsyncGet(Records::AsyncService* service, grpc::ServerCompletionQueue* queue, const Table& table)
      : service_(service), queue_(queue), table_(table) {
    Ask();
  }

  void Proceed(bool ok) {
    if (state_ == kAsked && ok) {
      new AsyncGet(service_, queue_, table_);
      Status status = table_.Find(request_.id(), &answer_);
      state_ = kAnswered;
      if (status.ok()) {
        responder_.Finish(answer_, status, this);
      } else {
        responder_.FinishWithError(status, this);
      }
    } else {
      delete this;
    }
  }

 private:
  void Ask() { service_->RequestGet(&context_, &request_, &responder_, queue_, queue_, this); }

  enum { kAsked, kAnswered } state_ = kAsked;
  Records::AsyncService* service_;
  grpc::ServerCompletionQueue* queue_;
  const Table& table_;
  grpc::ServerContext context_;
  GetRequest request_;
  Record answer_;
  grpc::ServerAsyncResponseWriter<Record> responder_{&context_};
};

std::string Text(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> Credentials(int count, char** arguments) {
  if (count < 5) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({Text(arguments[4]), Text(arguments[3])});
  return grpc::SslServerCredentials(options);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "server callback|async PORT [CERTIFICATE KEY]; grpc " << grpc::Version() << "\n";
    return 2;
  }
  const bool is_async = std::string(arguments[1]) == "async";
  Table table;
  CallbackRecords callback_service(table);
  Records::AsyncService async_service;

  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + arguments[2], Credentials(count, arguments));
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  if (is_async) {
    builder.RegisterService(&async_service);
    queue = builder.AddCompletionQueue();
  } else {
    builder.RegisterService(&callback_service);
  }
  std::unique_ptr<grpc::Server> server(builder.BuildAndStart());
  if (!server) return 1;
  std::cout << "grpc C++ " << grpc::Version() << std::endl;
  if (!is_async) {
    server->Wait();
    return 0;
  }
  for (int index = 0; index < 256; index++) new AsyncGet(&async_service, queue.get(), table);
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) static_cast<AsyncGet*>(tag)->Proceed(ok);
}
