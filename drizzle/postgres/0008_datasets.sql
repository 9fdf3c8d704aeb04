CREATE TABLE "datapoints" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "datapoints_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"dataset" integer NOT NULL,
	"id" uuid NOT NULL,
	"position" integer NOT NULL,
	"since" integer NOT NULL,
	"until" integer,
	"content" text NOT NULL,
	"source" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dataset_versions" (
	"dataset" integer NOT NULL,
	"version" integer NOT NULL,
	"datapoints" integer NOT NULL,
	"added" integer NOT NULL,
	"edited" integer NOT NULL,
	"removed" integer NOT NULL,
	"note" text,
	"created_at_ms" bigint NOT NULL,
	CONSTRAINT "dataset_versions_dataset_version_pk" PRIMARY KEY("dataset","version")
);
--> statement-breakpoint
CREATE TABLE "datasets" (
	"seq" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "datasets_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"newest" integer NOT NULL,
	"begun" integer NOT NULL,
	"created_at_ms" bigint NOT NULL,
	CONSTRAINT "datasets_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE INDEX "datapoints_position" ON "datapoints" USING btree ("dataset","position");--> statement-breakpoint
CREATE UNIQUE INDEX "datapoints_id" ON "datapoints" USING btree ("dataset","id","since");--> statement-breakpoint
CREATE INDEX "datapoints_since" ON "datapoints" USING btree ("dataset","since");--> statement-breakpoint
CREATE UNIQUE INDEX "datasets_name" ON "datasets" USING btree ("project","name");