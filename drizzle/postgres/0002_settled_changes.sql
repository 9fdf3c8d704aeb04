ALTER TABLE "changes" DROP CONSTRAINT "changes_tx_seq_pk";--> statement-breakpoint
ALTER TABLE "rollups" DROP CONSTRAINT "rollups_measure_pair_hour_pk";--> statement-breakpoint
ALTER TABLE "changes" ADD PRIMARY KEY ("seq");--> statement-breakpoint
ALTER TABLE "rollups" ADD CONSTRAINT "rollups_measure_hour_pair_pk" PRIMARY KEY("measure","hour","pair");--> statement-breakpoint
ALTER TABLE "folded" ADD COLUMN "seq" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "folded" ADD COLUMN "edits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" DROP COLUMN "tx";--> statement-breakpoint
ALTER TABLE "folded" DROP COLUMN "tx";